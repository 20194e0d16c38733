import type { BinaryTensor } from '@crp-serve/contracts'

/** The content of a sample: an encoded image, or a tensor of one sample [1, ...] that is fed as it is. */
export type SampleContent = { readonly image: Uint8Array } | { readonly tensor: BinaryTensor }

/** A data set as a feature visualization reads it. */
export interface SampleSet {
  /** Number of samples. */
  readonly samples: number
  /** Classes of a sample, in their order; none where it has no label. */
  labels(index: number): readonly number[]
  /** Where the sample comes from, for messages; undefined where it has no path of its own. */
  path(index: number): string | undefined
  read(index: number, signal?: AbortSignal): Promise<SampleContent>
}

/** Samples from `from` to `to`, which is excluded. */
export interface SampleRange {
  readonly from: number
  readonly to: number
}
