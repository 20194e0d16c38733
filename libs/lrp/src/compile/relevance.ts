/**
 * Relevance at a tensor, kept as a product of two tensors: `value` has one row per result row (batch K),
 * `factor` comes from the forward pass and has the samples' batch (1 or K). A null factor stands for one.
 */
export interface Relevance {
  readonly value: string
  readonly factor: string | null
  /** The only channel of each row that is not zero, as [K] indices, where that is known. */
  readonly channel?: string
}

/** Relevance that is held in one tensor. */
export const plain = (value: string): Relevance => ({ value, factor: null })
