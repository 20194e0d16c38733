import { type Explainable, type Layer, type LayerType, probabilityNode, startLayer } from '@crp-serve/lrp'
import { type ReceptiveField, receptiveFields } from '../receptive-field.ts'

/** A layer as data: its names, and the sizes of its output behind the batch axis (null where the batch is folded in). */
export interface DescribedLayer {
  readonly name: string
  readonly aliases: readonly string[]
  readonly sizes: readonly number[] | null
  readonly type: LayerType | null
  /** Names of the layers that give its inputs. */
  readonly inputs: readonly string[]
  /** Of one element of its output, per spatial axis of the model's input; null for a model without windows. */
  readonly receptiveField: readonly ReceptiveField[] | null
}

/** A model as far as a request needs it to be checked and cut into rows. */
export interface ModelDescription {
  /** From input to output. */
  readonly layers: readonly DescribedLayer[]
  /** Sizes, behind the batch axis, of the tensor where relevance starts. */
  readonly startSizes: readonly number[]
  /** How probabilities come about: the output itself, its exponential, or the softmax of the logits. */
  readonly probability: Probability
  /** Bytes of all forward tensors of one sample. */
  readonly sampleBytes: number
  /** Bytes of one sample. */
  readonly inputBytes: number
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

/** The names of the layers that give a layer's inputs; the model's own input is none. */
export function sourcesOf(layers: readonly Layer[]): (layer: Layer) => string[] {
  const producers = new Map(layers.map((layer) => [layer.output, layer.name]))
  return ({ inputs }) => [...new Set(inputs.flatMap((tensor) => producers.get(tensor) ?? []))]
}

const bytesOf = (sizes: readonly number[] | null): number => 4 * (sizes ?? []).reduce((a, b) => a * b, 1)

/** Describes an analysed model whose relevance starts as the registration says. */
export function describe(explainable: Explainable, start: 'logits' | 'output'): ModelDescription {
  const inputs = sourcesOf(explainable.layers)
  const fields = receptiveFields(explainable)
  const layers = explainable.layers.map((layer) => ({
    name: layer.name,
    aliases: layer.aliases,
    sizes: layerSizes(explainable, layer),
    type: layer.type,
    inputs: inputs(layer),
    receptiveField: fields.get(layer) ?? null,
  }))
  return {
    layers,
    startSizes: layerSizes(explainable, startLayer(explainable, start)) ?? [],
    probability: probabilityOf(probabilityNode(explainable.model)?.op),
    sampleBytes: layers.reduce((sum, { sizes }) => sum + bytesOf(sizes), 0),
    inputBytes: bytesOf(explainable.facts.sizes(explainable.input)),
  }
}
