import { type Explainable, type Layer, startLayer } from '@crp-serve/lrp'
import { probabilityNode } from './prepared.ts'

/** A model as far as a request needs it to be checked and cut into rows. */
export interface ModelDescription {
  readonly layers: readonly Layer[]
  /** Sizes of each layer's output behind the batch axis, by layer name; null where the batch is folded into them. */
  readonly sizes: Readonly<Record<string, readonly number[] | null>>
  /** The layer at whose output relevance starts. */
  readonly start: { readonly name: string; readonly sizes: readonly number[] }
  /** How probabilities come about: the output itself, its exponential, or the softmax of the logits. */
  readonly probability: Probability
  /** Bytes of all forward tensors of one sample. */
  readonly sampleBytes: number
}

/** How probabilities come from the model's output and the start tensor. */
export type Probability = 'output' | 'exp-output' | 'softmax-start'

/** How probabilities come from an output that this operator computes (api.md, `output`). */
export const probabilityOf = (op: string | undefined): Probability =>
  op === 'LogSoftmax' ? 'exp-output' : op === undefined ? 'softmax-start' : 'output'

/** Sizes of a layer's output behind the batch axis, or null where the first axis is not the batch. */
export function layerSizes({ facts }: Explainable, layer: Layer): readonly number[] | null {
  const [first, ...rest] = facts.type(layer.output).shape
  const isBatch = typeof first === 'object' && first.batch === 1
  return isBatch && rest.every((dim) => typeof dim === 'number') ? rest : null
}

const bytesOf = (sizes: readonly number[] | null): number => 4 * (sizes ?? []).reduce((a, b) => a * b, 1)

/** Describes an analysed model whose relevance starts as the registration says. */
export function describe(explainable: Explainable, start: 'logits' | 'output'): ModelDescription {
  const { layers, model } = explainable
  const sizes = Object.fromEntries(layers.map((layer) => [layer.name, layerSizes(explainable, layer)]))
  const from = startLayer(explainable, start)
  return {
    layers,
    sizes,
    start: { name: from.name, sizes: sizes[from.name] ?? [] },
    probability: probabilityOf(probabilityNode(model)?.op),
    sampleBytes: Object.values(sizes).reduce((sum, size) => sum + bytesOf(size), 0),
  }
}
