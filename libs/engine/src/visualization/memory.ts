import type { ModelDescription } from '../tools/describe.ts'

/** Rows of a batch at most. */
const mostRows = 32

/** Bytes that the forward tensors of a batch may take; the backward pass takes about as much again. */
const forwardBytes = 512 * 1024 ** 2

/** Rows of a batch for a model. */
export const rowsPerBatch = ({ sampleBytes }: Pick<ModelDescription, 'sampleBytes'>): number =>
  Math.max(1, Math.min(mostRows, Math.floor(forwardBytes / sampleBytes)))
