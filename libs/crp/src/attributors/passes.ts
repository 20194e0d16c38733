/** A sample as attributors see it. */
export interface AttributedSample {
  /** Counts the samples of the request. */
  readonly position: number
  /** Sizes behind the batch axis. */
  readonly sizes: readonly number[]
  readonly values: Float32Array
}

interface Passes {
  /** Passes over modified samples, besides the ordinary one over the sample itself. */
  readonly count: number
  /** What the heatmap is, and what the rest of the answer is about; a warning beside the trust block. */
  readonly remark: string
  /** The sample of a pass, row-major. */
  sample(sample: AttributedSample, pass: number): Float32Array
}

/** An attribution that is made of the relevance at the input in every pass. */
export interface RelevancePasses extends Passes {
  readonly kind: 'relevance'
  /** The attribution of a sample from the sum of the relevance of all passes, that over the sample itself included. */
  finish(sum: Float64Array, sample: AttributedSample): Float32Array
}

/** An attribution that is made of one number for each pass: the sum of the start relevance. No pass goes backward. */
export interface ScorePasses extends Passes {
  readonly kind: 'scores'
  /** Adds the score of a pass to the attribution of a sample. */
  add(sum: Float64Array, pass: number, score: number): void
}

/** How an attributor other than the plain gradient is computed. */
export type AttributorPasses = RelevancePasses | ScorePasses

/** A number for all elements of a sample, or one for each; tensors may differ from sample to sample. */
export type Filling = (sample: AttributedSample) => (index: number) => number
