import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeModel } from '@crp-serve/onnx'
import type { PlanPart, PlanSpec, UnwrittenPlan } from './compile.ts'
import type { SamplingSpec } from './compile-sampling.ts'
import { writeWhole } from './files.ts'

/** What a plan computes; everything in it is part of the plan's key. */
export type AnySpec = PlanSpec | SamplingSpec

/** A plan whose graphs are files. */
interface Written {
  readonly parts: readonly PlanPart[]
}

/** A plan as its manifest keeps it: graphs by file name, with the hash that each must have. */
interface Manifest {
  readonly parts: readonly (Omit<PlanPart, 'path'> & { readonly file: string; readonly sha256: string })[]
}

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

/** The name that a plan goes by beside its prepared model: a hash of what it computes. */
export const planHash = (spec: AnySpec): string => sha256(JSON.stringify(spec)).slice(0, 32)

const manifestPath = (folder: string, spec: AnySpec) => join(folder, `plan-${planHash(spec)}.json`)

/**
 * A plan that was written before, or null where it is missing, incomplete or damaged.
 * @param folder that of the prepared model
 */
export async function readPlan<P extends Written>(folder: string, spec: AnySpec): Promise<P | null> {
  try {
    const manifest = JSON.parse(await readFile(manifestPath(folder, spec), 'utf8')) as Manifest
    const parts = await Promise.all(
      manifest.parts.map(async ({ file, sha256: expected, ...part }) => {
        const path = join(folder, file)
        if (sha256(await readFile(path)) !== expected) throw new Error(`${file} is damaged`)
        return { ...part, path }
      }),
    )
    return { ...manifest, parts } as unknown as P
  } catch {
    // Whatever is wrong with a file that can be made again: it is made again.
    return null
  }
}

/** Writes the graphs of a plan beside the prepared model, whose weights they refer to, and the manifest last. */
export async function writePlan<P extends Pick<UnwrittenPlan, 'parts'>>(
  folder: string,
  spec: AnySpec,
  plan: P,
): Promise<Omit<P, 'parts'> & Written> {
  const path = manifestPath(folder, spec)
  const parts: (PlanPart & { file: string; sha256: string })[] = []
  for (const [i, { part, multiplications }] of plan.parts.entries()) {
    const { model, ...ends } = part
    const bytes = writeModel(model)
    const file = `plan-${planHash(spec)}-${i}.onnx`
    await writeWhole(join(dirname(path), file), [bytes])
    parts.push({ ...ends, multiplications, path: join(folder, file), file, sha256: sha256(bytes) })
  }
  const manifest: Manifest = { ...plan, parts: parts.map(({ path: _, ...part }) => part) }
  await writeWhole(path, [Buffer.from(JSON.stringify(manifest))])
  return { ...plan, parts }
}
