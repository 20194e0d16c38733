import { type BinaryTensor, type CompositeTask, pointer, problemAt } from '@crp-serve/contracts'
import type { Tensor } from '@crp-serve/runtime'
import type { CompiledPlan } from '../tools/compile.ts'
import type { Sample } from './samples.ts'

type SampleBound = CompiledPlan['inputs']['bounds'][string]

const isTensor = (value: object): value is BinaryTensor => 'data' in value && value.data instanceof Uint8Array

/** The tensors of a composite, all of which are bounds, with their JSON pointers. */
function* tensorsIn(value: unknown, at: string): Generator<[at: string, tensor: BinaryTensor]> {
  if (typeof value !== 'object' || value === null) return
  if (isTensor(value)) yield [at, value]
  else for (const [key, item] of Object.entries(value)) yield* tensorsIn(item, `${at}${pointer(key)}`)
}

/**
 * A bound of z-box has one row for all samples, or row i belongs to sample i; rows beyond the last sample are cut
 * (semantics.md, section 3).
 * @throws ProblemError `rule-parameter-invalid` where there are fewer rows than samples
 */
export function checkBoundRows(composite: CompositeTask, samples: number): void {
  for (const [at, { shape }] of tensorsIn(composite, '/composite')) {
    const rows = shape[0] ?? 0
    if (rows === 1 || rows >= samples) continue
    const detail = `has ${rows} rows for ${samples} samples; it must have one for all, or one for each`
    throw problemAt('rule-parameter-invalid', `${at}/shape`, detail)
  }
}

/** The rows of a bound that belong to the samples of a batch: [N, ...]. */
export function boundOf({ dims, data }: SampleBound, samples: readonly Sample[]): Tensor {
  const size = data.length / dims[0]!
  const values = new Float32Array(samples.length * size)
  for (const [i, { position }] of samples.entries()) {
    values.set(data.slice(position * size, (position + 1) * size), i * size)
  }
  return { type: 'float32', dims: [samples.length, ...dims.slice(1)], data: values }
}
