import type { AttributionTask, CompositeTask, ConditionTask } from '@crp-serve/contracts'
import { attribute } from '../attribution/attribute.ts'
import { floatTensor, floatValues } from '../attribution/bytes.ts'
import type { WorkOptions } from '../config.ts'
import type { Studio, Subject } from './subject.ts'

/** Where the relevance of a heatmap starts: at classes, or at the activation of the concept's own layer. */
export type HeatmapStart = { readonly classes: readonly number[] | 'predicted' } | 'layer'

/** A sample whose part in a concept is wanted. */
export interface ConceptSample {
  readonly sizes: readonly number[]
  readonly values: Float32Array
  readonly channel: number
  /** The only position of the channel that keeps its relevance; null for all of them. */
  readonly neuron: number | null
  readonly start: HeatmapStart
}

const conditionOf = (layer: string, { channel, neuron, start }: ConceptSample): ConditionTask => {
  const concept =
    neuron === null
      ? { kind: 'channels' as const, channels: [channel] }
      : { kind: 'neurons' as const, neurons: [{ channel, positions: [neuron] }] }
  return { ...(start === 'layer' ? {} : { y: start.classes }), layers: [{ layer, concept }] }
}

/** The attribution that gives heatmaps: a row for every sample. All of the samples start alike. */
export function heatmapTask(
  { record, composite }: { readonly record: { readonly name: string }; readonly composite: CompositeTask },
  layer: string,
  samples: readonly ConceptSample[],
  channelsLast: boolean,
): AttributionTask {
  return {
    model: record.name,
    inputs: samples.map(({ sizes, values }) => ({ tensor: floatTensor([1, ...sizes], values) })),
    conditions: samples.map((sample) => conditionOf(layer, sample)),
    pairing: 'zip',
    composite,
    attributor: { name: 'gradient' },
    ...(samples[0]!.start === 'layer' ? { start_layer: layer } : {}),
    init_relevance: 'prediction',
    exclude_parallel: false,
    record: [],
    output: {
      heatmap: channelsLast ? [] : ['tensor'],
      per_channel: channelsLast,
      prediction: { top: 0, tensor: false },
      regions: [],
      render: { colormap: 'bwr', symmetric: true, level: 1, overlay: 0, scale: 1 },
    },
  }
}

/** Sums the last axis, which holds the channels. */
function overChannels(values: Float32Array, channels: number): Float32Array {
  const sums = new Float32Array(values.length / channels)
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / channels)]! += values[i]!
  return sums
}

/**
 * The conditional relevance of concepts over their samples, each row-major [height, width]. All of the samples start
 * alike: at the layer, or at classes (zennit-crp's `_attribution_on_reference`; semantics.md, section 7).
 */
export async function conceptHeatmaps(
  { shop }: Pick<Studio, 'shop'>,
  subject: Subject,
  layer: string,
  samples: readonly ConceptSample[],
  work: WorkOptions,
): Promise<Float32Array[]> {
  const channelsLast = subject.record.inspection.preprocessing?.layout === 'NHWC'
  const task = heatmapTask(subject, layer, samples, channelsLast)
  const { results } = await attribute(task, subject.record, subject.content, shop, work)
  return results.map(({ heatmap, input_relevance }, i) => {
    if (!channelsLast) return floatValues(heatmap!.tensor!)
    return overChannels(floatValues(input_relevance!), samples[i]!.sizes.at(-1)!)
  })
}
