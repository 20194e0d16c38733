import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Model } from '@crp-serve/onnx'

/** Writes the float32 weights of a model for peer.py: `weights.bin` with all values, `weights.json` with what is where. */
export async function writeWeights(model: Model, folder: string): Promise<void> {
  const index: { name: string; shape: readonly number[]; offset: number }[] = []
  const parts: Uint8Array[] = []
  let offset = 0
  for (const [name, { dims, data }] of model.graph.initializers) {
    if (data.kind !== 'inline') throw new Error(`${name} is not held in memory`)
    index.push({ name, shape: dims, offset })
    parts.push(data.bytes)
    offset += data.bytes.length / 4
  }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'weights.bin'), parts)
  await writeFile(join(folder, 'weights.json'), JSON.stringify(index))
}
