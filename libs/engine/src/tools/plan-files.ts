import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeModel } from '@crp-serve/onnx'
import type { PlanPart, PlanSpec, UnwrittenPart } from './compile.ts'
import type { SamplingSpec } from './compile-sampling.ts'
import { writeWhole } from './files.ts'

/** What a plan computes; everything in it is part of the plan's key. */
export type AnySpec = PlanSpec | SamplingSpec

/** A plan before its graphs are written. */
interface Unwritten {
  readonly parts: readonly UnwrittenPart[]
  readonly whole?: UnwrittenPart
}

/** A plan whose graphs are files. */
export type Written<P extends Unwritten> = Omit<P, keyof Unwritten> & {
  readonly [K in keyof Unwritten & keyof P]: K extends 'parts' ? readonly PlanPart[] : PlanPart
}

/** A graph by file name, with the hash that it must have. */
type FiledPart = Omit<PlanPart, 'path'> & { readonly file: string; readonly sha256: string }

/** A plan as its manifest keeps it. */
interface Manifest {
  readonly parts: readonly FiledPart[]
  readonly whole?: FiledPart
}

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

/** The name that a plan goes by beside its prepared model: a hash of what it computes. */
export const planHash = (spec: AnySpec): string => sha256(JSON.stringify(spec)).slice(0, 32)

const manifestPath = (folder: string, spec: AnySpec) => join(folder, `plan-${planHash(spec)}.json`)

/** A graph of a plan that was written before. @throws Error where the file is missing or damaged */
async function readPart(folder: string, { file, sha256: expected, ...part }: FiledPart): Promise<PlanPart> {
  const path = join(folder, file)
  if (sha256(await readFile(path)) !== expected) throw new Error(`${file} is damaged`)
  return { ...part, path }
}

/**
 * A plan that was written before, or null where it is missing, incomplete or damaged.
 * @param folder that of the prepared model
 */
export async function readPlan<P>(folder: string, spec: AnySpec): Promise<P | null> {
  try {
    const manifest = JSON.parse(await readFile(manifestPath(folder, spec), 'utf8')) as Manifest
    const read = (part: FiledPart) => readPart(folder, part)
    const parts = await Promise.all(manifest.parts.map(read))
    return {
      ...manifest,
      parts,
      ...(manifest.whole ? { whole: await read(manifest.whole) } : {}),
    } as unknown as P
  } catch {
    // Whatever is wrong with a file that can be made again: it is made again.
    return null
  }
}

/** Writes a graph of a plan. */
async function writePart(
  folder: string,
  file: string,
  { part, multiplications }: UnwrittenPart,
): Promise<FiledPart> {
  const { model, ...ends } = part
  const bytes = writeModel(model)
  await writeWhole(join(folder, file), [bytes])
  return { ...ends, multiplications, file, sha256: sha256(bytes) }
}

/** Writes the graphs of a plan beside the prepared model, whose weights they refer to, and the manifest last. */
export async function writePlan<P extends Unwritten>(
  folder: string,
  spec: AnySpec,
  plan: P,
): Promise<Written<P>> {
  const name = `plan-${planHash(spec)}`
  const parts: FiledPart[] = []
  for (const [i, part] of plan.parts.entries()) parts.push(await writePart(folder, `${name}-${i}.onnx`, part))
  const whole = plan.whole && (await writePart(folder, `${name}-whole.onnx`, plan.whole))
  const manifest: Manifest = { ...plan, parts, ...(whole ? { whole } : {}) }
  await writeWhole(manifestPath(folder, spec), [Buffer.from(JSON.stringify(manifest))])
  const placed = ({ file, sha256: _, ...part }: FiledPart): PlanPart => ({
    ...part,
    path: join(folder, file),
  })
  const graphs = { parts: parts.map(placed), ...(whole ? { whole: placed(whole) } : {}) }
  return { ...plan, ...graphs } as unknown as Written<P>
}
