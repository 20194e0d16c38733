import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeImage } from '@crp-serve/imaging'
import { constants, type Model, readModel, writeModel } from '@crp-serve/onnx'
import { type Runtime, startRuntime } from '@crp-serve/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conceptWorld, type Picture } from '../e2e/concept-world.ts'

const side = 80
const { stamp } = conceptWorld.expected()
const { labels, preprocessing } = conceptWorld.metadata()
const target = labels!.indexOf(stamp.class)
const channels = stamp.mean_logit_drop.length

let runtime: Runtime
let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crp-silenced-'))
  path = join(folder, 'silenced.onnx')
  await writeFile(path, writeModel(silencing(readModel(conceptWorld.model()))))
  const memoryBytes = 2 ** 30
  const process = { processes: 1, threads: 1, executionProvider: 'cpu' as const }
  runtime = await startRuntime({ ...process, memoryBytes, memoryLimitBytes: 2 * memoryBytes })
})
afterAll(async () => {
  await runtime.close()
  await rm(folder, { recursive: true, force: true })
})

/** The model for one row more than the layer has channels: row i has channel i of the layer set to zero, the last none. */
function silencing(model: Model): Model {
  const { graph } = model
  const layer = graph.nodes.find(({ name }) => name.endsWith(`/${stamp.layer}/Conv`))!
  const whole = layer.outputs[0]!
  const kept = Float32Array.from({ length: (channels + 1) * channels }, (_, i) =>
    i % channels === Math.floor(i / channels) ? 0 : 1,
  )
  const rewired = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => (name === whole ? 'silenced' : name)),
  }))
  const mul = {
    ...layer,
    name: 'silence',
    op: 'Mul',
    inputs: [whole, 'kept'],
    outputs: ['silenced'],
    attributes: {},
  }
  const at = graph.nodes.indexOf(layer) + 1
  const initializers = new Map(graph.initializers)
  initializers.set('kept', constants.float32(kept, [channels + 1, channels, 1, 1]))
  const nodes = [...rewired.slice(0, at), mul, ...rewired.slice(at)]
  return { ...model, graph: { ...graph, nodes, initializers } }
}

/** The picture as the model takes it, once for each row. */
async function rowsOf(picture: Picture): Promise<Float32Array> {
  const limits = { maxBytes: 2 ** 20, maxPixels: side ** 2 }
  const { rgb } = await decodeImage(conceptWorld.file(picture.path), limits)
  const { mean, std } = preprocessing as { mean: number[]; std: number[] }
  const pixels = side ** 2
  const one = Float32Array.from({ length: 3 * pixels }, (_, i) => {
    const c = Math.floor(i / pixels)
    return (rgb[3 * (i % pixels) + c]! / 255 - mean[c]!) / std[c]!
  })
  const rows = new Float32Array((channels + 1) * one.length)
  for (let row = 0; row <= channels; row++) rows.set(one, row * one.length)
  return rows
}

/** What the logit of the stamped class loses with each channel. */
async function dropsOf(picture: Picture): Promise<number[]> {
  const dims = [channels + 1, 3, side, side]
  const feeds = { input: { type: 'float32' as const, dims, data: await rowsOf(picture) } }
  const { outputs } = await runtime.execute([{ model: path, feeds, fetch: ['logits'] }])
  const logits = outputs[0]!['logits']!.data as Float32Array
  const logit = (row: number) => logits[row * labels!.length + target]!
  return Array.from({ length: channels }, (_, c) => logit(channels) - logit(c))
}

describe('the most relevant concept of the stamped class', () => {
  it('costs its logit more than any other when it is set to zero', async () => {
    const stamped = conceptWorld.pictures().filter((picture) => picture.stamped)
    const drops: number[][] = []
    for (const picture of stamped) drops.push(await dropsOf(picture))
    const mean = drops[0]!.map((_, c) => drops.reduce((sum, row) => sum + row[c]!, 0) / drops.length)
    expect(mean.indexOf(Math.max(...mean))).toBe(stamp.channel)
    for (const [c, drop] of mean.entries()) expect(drop).toBeCloseTo(stamp.mean_logit_drop[c]!, 3)
    const dearest = drops.filter((row) => row.indexOf(Math.max(...row)) === stamp.channel)
    expect(dearest).toHaveLength(stamp.images_where_silencing_it_costs_most)
  })
})
