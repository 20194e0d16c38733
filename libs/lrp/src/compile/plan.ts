import type { Layer } from '../layers/layer.ts'
import type { BoundTensor, Rule } from '../rules/rule.ts'

/** How the relevance at the start tensor T is made of it (semantics.md, section 2). */
export type StartMode =
  /** T itself. */
  | 'value'
  /** Its absolute value. */
  | 'absolute'
  /** A tensor that the caller feeds; it broadcasts to T. */
  | 'given'

/** What feature visualization ranks samples by: the sum over the positions of a channel, or its greatest value. */
export type MaxTarget = 'sum' | 'max'

/** What of layers is read per channel, without their positions (zennit-crp's reference sampling). */
export interface Sampling {
  readonly maxTarget: MaxTarget
  /** Layers whose relevance (before their mask) is read. */
  readonly relevance: readonly Layer[]
  /** Layers whose output is read. */
  readonly activation: readonly Layer[]
}

/** Names of what is read of one layer. */
export interface SampledChannels {
  /** [rows, channels]. */
  readonly values: string
  /**
   * int32 [rows, channels]: the flat position, row-major, of the channel's greatest value; the first one where several
   * are equal, any where a sum is NaN. null for a layer without positions.
   */
  readonly neurons: string | null
}

/**
 * What one compiled graph computes. Targets, masks and start values are inputs of the graph, so that requests
 * with different conditions share it.
 */
export interface AttributionPlan {
  /** The layer at whose output relevance starts. */
  readonly start: Layer
  /** The layer whose output comes back as the scores; the start layer itself where none is given. */
  readonly scores?: Layer
  readonly startMode: StartMode
  /** Adds the class with the greatest value of T to the selection of every row that asks for it. */
  readonly predicted: boolean
  /** Layers whose relevance is masked, from output to input. */
  readonly masks: readonly Layer[]
  /** Those of them whose mask is a projection on directions in channel space. */
  readonly projections?: readonly Layer[]
  /** Those of them whose mask keeps exactly one channel in every row. */
  readonly singles?: readonly Layer[]
  /** Restart at every masked layer, so that relevance which by-passes it is lost (semantics.md, section 2). */
  readonly excludeParallel: boolean
  /** Layers whose relevance (before their mask) is an output. */
  readonly relevance: readonly Layer[]
  /** Layers whose relevance (before their mask), summed over the positions of each channel, is an output. */
  readonly channelSums?: readonly Layer[]
  /** Layers whose output is an output. */
  readonly activation: readonly Layer[]
  /** What is read per channel. */
  readonly sampling?: Sampling
  /** The relevance at the input summed over axis 1. */
  readonly heatmap: boolean
  /** The relevance at the input. */
  readonly inputRelevance: boolean
}

/** Names of a compiled graph's inputs. Batches: N samples, K rows; N is 1 or K. */
export interface CompiledInputs {
  /** The model's input: [N, ...]. */
  readonly data: string
  /** What the start relevance is multiplied by, shaped to broadcast to T: [K, classes, 1, ...]. */
  readonly select: string
  /** [K, 1, ...]: one for rows whose selection gains the predicted class. null unless the plan asks for it. */
  readonly predicted: string | null
  /** The start relevance of the mode `given`: [1 or K, ...], or null. */
  readonly start: string | null
  /**
   * For each masked layer a tensor that broadcasts to its output: [K, channels, ...]; for a projection an orthonormal
   * basis of the directions: [K, channels, directions].
   */
  readonly masks: ReadonlyMap<Layer, string>
  /** Bounds of the rule `z_box` that differ from sample to sample, [N, ...], with their values. */
  readonly bounds: ReadonlyMap<string, BoundTensor>
}

/** Names of a compiled graph's outputs. */
export interface CompiledOutputs {
  /** The model's own output: [N, ...]. */
  readonly prediction: string
  /** The output of the plan's `scores`: [N, ...]; the logits where a trailing Softmax is left out. */
  readonly start: string
  readonly heatmap: string | null
  readonly inputRelevance: string | null
  /** Relevance per layer: [K, ...]. */
  readonly relevance: ReadonlyMap<Layer, string>
  /** Relevance per layer and channel: [K, channels]. */
  readonly channelSums: ReadonlyMap<Layer, string>
  /** Activation per layer: [N, ...]. */
  readonly activation: ReadonlyMap<Layer, string>
  /** What is read per channel of relevance [K, channels] and activation [N, channels]. */
  readonly sampled: {
    readonly relevance: ReadonlyMap<Layer, SampledChannels>
    readonly activation: ReadonlyMap<Layer, SampledChannels>
  }
  /** [K, columns]: see {@link CompiledAttribution.trustColumns}. */
  readonly trust: string
}

/** The rule of each layer. */
export type Rules = ReadonlyMap<Layer, Rule>
