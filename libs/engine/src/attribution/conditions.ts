import {
  type AttributionTask,
  type ConditionTask,
  ProblemError,
  pointer,
  problemAt,
} from '@crp-serve/contracts'
import { DirectionError, directionSelection, type Selection, type Targets } from '@crp-serve/crp'
import type { ModelDescription } from '../tools/describe.ts'
import { LayerNames } from './layer-names.ts'

/** What one layer keeps of its relevance under a condition. */
export interface LayerMask {
  /** Canonical name. */
  readonly layer: string
  /** The name that the request has for it. */
  readonly given: string
  readonly sizes: readonly number[]
  readonly selection: Selection
}

/** A condition with its layers found and its indices known to be in range. */
export interface ResolvedCondition {
  readonly targets: Targets
  /** In the order of the request. A layer whose channels are yet to be ranked has none. */
  readonly masks: readonly LayerMask[]
}

/** A layer of `record` under the name that the request has for it. */
export interface ResolvedRecord {
  readonly task: AttributionTask['record'][number]
  /** Canonical name. */
  readonly layer: string
  readonly sizes: readonly number[]
}

/** Where relevance starts. */
export interface ResolvedStart {
  /** Canonical name; null where relevance starts at the model's scores. */
  readonly layer: string | null
  /** Of the tensor where it starts, without the batch axis. */
  readonly sizes: readonly number[]
}

type Concept = Exclude<ConditionTask['layers'][number]['concept'], { readonly kind: 'ranked' }>

/** Finds layers by name and checks indices against them; every error points into the request. */
export class ConditionResolver {
  readonly #description: ModelDescription
  readonly #names: LayerNames

  constructor(description: ModelDescription) {
    this.#description = description
    this.#names = new LayerNames(description.layers)
  }

  /**
   * @throws ProblemError `class-out-of-range`, `unknown-layer`, `channel-out-of-range`, `position-out-of-range`,
   * `duplicate-layer`
   */
  condition({ y, layers }: ConditionTask, index: number): ResolvedCondition {
    const here = pointer('conditions', index)
    const targets = this.targets(y, (i) => `${here}/y/${i}`)
    const placed = layers.map(({ layer }) => this.layer(layer, `${here}${pointer(layer)}`))
    refuseTwins(placed, layers, here)
    const masks = layers.flatMap(({ layer: given, concept }, i): LayerMask[] => {
      if (concept.kind === 'ranked') return []
      const { layer, sizes } = placed[i]!
      return [{ layer, given, sizes, selection: selectionOf(concept, sizes, `${here}${pointer(given)}`) }]
    })
    return { targets, masks }
  }

  /** @throws ProblemError `unknown-layer` */
  start(name: string | undefined): ResolvedStart {
    return name === undefined
      ? { layer: null, sizes: this.#description.startSizes }
      : this.layer(name, '/start_layer')
  }

  /** @throws ProblemError `unknown-layer` */
  record(task: AttributionTask['record'][number]): ResolvedRecord {
    return { task, ...this.layer(task.layer, pointer('record', task.layer)) }
  }

  /** @throws ProblemError `unknown-layer`, also where a layer has no channels */
  layer(name: string, here: string): { layer: string; sizes: readonly number[] } {
    const { name: layer, sizes } = this.#names.get(name, here)
    if (sizes && sizes.length > 0) return { layer, sizes }
    const detail = `the output of ${layer} has no channels of one sample; name a layer before or behind it`
    throw problemAt('unknown-layer', here, detail)
  }

  /** @throws ProblemError `class-out-of-range` at the place of the index */
  targets(y: ConditionTask['y'], placeOf: (index: number) => string): Targets {
    if (y === undefined || y === 'predicted') return y ?? null
    checkRange('class-out-of-range', y, this.#description.startSizes[0] ?? 0, placeOf, 'classes')
    return y
  }

  /**
   * Finds the layer of a single channel.
   * @throws ProblemError `unknown-layer`, `channel-out-of-range`
   */
  channel(name: string, channel: number, at: { readonly layer: string; readonly channel: string }): string {
    const { layer, sizes } = this.layer(name, at.layer)
    checkRange('channel-out-of-range', [channel], sizes[0]!, () => at.channel, 'channels')
    return layer
  }
}

/** A layer answers to several names; under two of them a condition would say two things of it. */
function refuseTwins(
  placed: readonly { readonly layer: string }[],
  layers: ConditionTask['layers'],
  here: string,
): void {
  const twin = placed.findIndex(({ layer }, i) => placed.findIndex((other) => other.layer === layer) < i)
  if (twin < 0) return
  const first = placed.findIndex(({ layer }) => layer === placed[twin]!.layer)
  const detail = `is the layer ${JSON.stringify(layers[first]!.layer)} of the same condition under another name`
  throw problemAt('duplicate-layer', `${here}${pointer(layers[twin]!.layer)}`, detail)
}

function selectionOf(concept: Concept, sizes: readonly number[], here: string): Selection {
  const channels = sizes[0]!
  if (concept.kind === 'directions') return spanOf(concept.directions, channels, `${here}/directions`)
  if (concept.kind === 'channels') {
    checkRange('channel-out-of-range', concept.channels, channels, (i) => `${here}/${i}`, 'channels')
    return concept
  }
  const positions = sizes.slice(1).reduce((a, b) => a * b, 1)
  for (const neuron of concept.neurons) {
    const inside = `${here}${pointer(neuron.channel)}`
    if (neuron.channel >= channels)
      throw outOfRange('channel-out-of-range', neuron.channel, channels, inside, 'channels')
    checkRange('position-out-of-range', neuron.positions, positions, (i) => `${inside}/${i}`, 'positions')
  }
  return concept
}

function spanOf(directions: readonly (readonly number[])[], channels: number, here: string): Selection {
  try {
    return directionSelection(directions, channels)
  } catch (error) {
    if (!(error instanceof DirectionError)) throw error
    const { direction, message } = error
    throw problemAt('direction-invalid', direction === null ? here : `${here}/${direction}`, message)
  }
}

type RangeCode = 'class-out-of-range' | 'channel-out-of-range' | 'position-out-of-range'

function checkRange(
  code: RangeCode,
  indices: readonly number[],
  size: number,
  placeOf: (index: number) => string,
  what: string,
): void {
  const wrong = indices.findIndex((index) => index >= size)
  if (wrong >= 0) throw outOfRange(code, indices[wrong]!, size, placeOf(wrong), what)
}

function outOfRange(code: RangeCode, index: number, size: number, here: string, what: string): ProblemError {
  const detail = `is ${index}, but there are ${size} ${what}: 0 to ${size - 1}`
  return new ProblemError(code, `${here}: ${detail}`, {
    errors: [{ pointer: here, detail }],
    details: { index, minimum: 0, maximum: size - 1 },
  })
}
