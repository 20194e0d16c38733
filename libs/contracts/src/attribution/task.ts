import type { BinaryTensor, Tensor } from '../wire/tensor.ts'
import type { Composite, ExplicitComposite, NamedComposite } from './composite.ts'
import type { ClassSelection, ConceptSelection, Condition } from './conditions.ts'
import type { Encoding } from './output.ts'
import type { AttributionRequest, InitRelevance, Pairing, PredictionRequest } from './request.ts'

/** A value as the worker gets it: null is gone, tensors and images are bytes. */
export type Decoded<T> = T extends Tensor
  ? BinaryTensor
  : T extends { image: unknown }
    ? { image: Uint8Array }
    : T extends readonly (infer Item)[]
      ? Decoded<Item>[]
      : T extends object
        ? { [Key in keyof T]: Decoded<Exclude<T[Key], null>> }
        : T

/** What a condition selects in one layer. Indices and positions count from 0; positions are flat, row-major. */
export type Concept =
  | { readonly kind: 'channels'; readonly channels: readonly number[] }
  | {
      readonly kind: 'neurons'
      readonly neurons: readonly { readonly channel: number; readonly positions: readonly number[] }[]
    }
  | { readonly kind: 'directions'; readonly directions: readonly (readonly number[])[] }
  /** The most relevant channels, each as a row of its own. */
  | { readonly kind: 'ranked'; readonly top: number }

/** A condition with its parts told apart. */
export interface ConditionTask {
  /** Classes; absent where relevance starts everywhere. */
  readonly y?: readonly number[] | 'predicted'
  /** Layers in the order of the request; the names are the client's. */
  readonly layers: readonly { readonly layer: string; readonly concept: Concept }[]
}

/** What to record at a layer. */
export interface RecordTask {
  readonly layer: string
  readonly relevance: boolean
  readonly activation: boolean
  /** Number of most relevant channels; absent for none. */
  readonly concepts?: number
  readonly abs_norm: boolean
}

/** How a heatmap becomes a picture. */
export interface RenderTask {
  readonly colormap: string
  readonly symmetric: boolean
  readonly level: number
  readonly overlay: number
  readonly scale: number
}

type Given<K extends keyof AttributionRequest> = Decoded<Exclude<AttributionRequest[K], null | undefined>>
type GivenOutput<K extends keyof Given<'output'>> = Exclude<Given<'output'>[K], null | undefined>

/** What comes back for every row. */
export interface OutputTask {
  readonly heatmap: GivenOutput<'heatmap'>
  readonly per_channel: boolean
  readonly prediction: PredictionTask['prediction']
  readonly regions: GivenOutput<'regions'>
  readonly render: RenderTask
}

/** A prediction request as the worker gets it: every default filled in. */
export interface PredictionTask {
  readonly inputs: Decoded<PredictionRequest['inputs']>
  readonly prediction: { readonly top: number; readonly tensor: boolean }
}

/** A composite as the worker gets it: never a bare name. */
export type CompositeTask = Decoded<NamedComposite | ExplicitComposite>

/** An attribution request as the worker gets it: every default filled in, nothing null. */
export interface AttributionTask {
  readonly model: string
  readonly inputs: Given<'inputs'>
  readonly conditions: readonly ConditionTask[]
  readonly pairing: Pairing
  readonly composite: CompositeTask
  readonly attributor: Given<'attributor'>
  readonly start_layer?: string
  readonly init_relevance: Decoded<InitRelevance>
  readonly exclude_parallel: boolean
  readonly record: readonly RecordTask[]
  readonly output: OutputTask
}

/** An attribution request whose nulls are gone and whose tensors and images are bytes, before defaults. */
export type DecodedAttribution = Decoded<AttributionRequest>
/** The same for a prediction request. */
export type DecodedPrediction = Decoded<PredictionRequest>

/** The task of a decoded request. */
export function attributionTask(request: DecodedAttribution): AttributionTask {
  return {
    model: request.model,
    inputs: request.inputs,
    conditions: request.conditions.map((condition) => conditionTask(condition as Condition)),
    pairing: request.pairing ?? 'product',
    composite: compositeTask(request.composite),
    attributor: request.attributor ?? { name: 'gradient' },
    ...(request.start_layer === undefined ? {} : { start_layer: request.start_layer }),
    init_relevance: request.init_relevance ?? 'prediction',
    exclude_parallel: request.exclude_parallel ?? true,
    record: Object.entries(request.record ?? {}).map(([layer, entry]) => recordTask(layer, entry)),
    output: outputTask(request.output),
  }
}

/** The task of a decoded prediction request. */
export const predictionTask = ({ inputs, output }: DecodedPrediction): PredictionTask => ({
  inputs,
  prediction: { top: output?.prediction?.top ?? 5, tensor: output?.prediction?.tensor ?? false },
})

/** How the answer encodes its tensors. */
export const encodingOf = (request: { readonly output?: { readonly encoding?: Encoding } }): Encoding =>
  request.output?.encoding ?? 'base64'

function conditionTask({ y, ...layers }: Condition): ConditionTask {
  const selected = Object.entries(layers).map(([layer, selection]) => ({
    layer,
    concept: conceptOf(selection as ConceptSelection),
  }))
  return y === undefined || y === null ? { layers: selected } : { y: classes(y), layers: selected }
}

const classes = (y: ClassSelection) => (typeof y === 'number' ? [y] : y)

function conceptOf(selection: ConceptSelection): Concept {
  if (Array.isArray(selection)) return { kind: 'channels', channels: selection }
  if (isDirections(selection)) return { kind: 'directions', directions: selection.directions }
  if (isRanked(selection)) return { kind: 'ranked', top: selection.top }
  const neurons = Object.entries(selection).map(([channel, positions]) => ({
    channel: Number(channel),
    positions,
  }))
  return { kind: 'neurons', neurons }
}

const isDirections = (selection: object): selection is { directions: number[][] } =>
  Object.hasOwn(selection, 'directions')

const isRanked = (selection: object): selection is { top: number } => Object.hasOwn(selection, 'top')

/** A composite of a decoded request as the worker gets it. */
export function compositeTask(composite: Decoded<Composite> | undefined): CompositeTask {
  if (composite === undefined) return { name: 'epsilon_plus_flat' }
  return typeof composite === 'string' ? { name: composite } : composite
}

function recordTask(
  layer: string,
  entry: Decoded<NonNullable<AttributionRequest['record']>>[string],
): RecordTask {
  const { relevance = true, activation = false, abs_norm = false, concepts } = entry
  return { layer, relevance, activation, abs_norm, ...(concepts === undefined ? {} : { concepts }) }
}

function outputTask(output: Given<'output'> = {}): OutputTask {
  const { heatmap = ['png'], per_channel = false, prediction = {}, regions = [], render = {} } = output
  const { top = 5, tensor = false } = prediction
  const { colormap = 'bwr', symmetric = true, level = 1, overlay = 0, scale = 1 } = render
  return {
    heatmap,
    per_channel,
    prediction: { top, tensor },
    regions,
    render: { colormap, symmetric, level, overlay, scale },
  }
}
