import type { AttributionResponse } from '@crp-serve/contracts'
import { type Conservation, conservationOf } from '@crp-serve/crp'
import {
  type CompiledAttribution,
  type CompositeSpec,
  compileAttribution,
  type Explainable,
  type Layer,
  layersBelow,
  type Part,
  type Rule,
  type StartMode,
  splitByInputs,
  startLayer,
} from '@crp-serve/lrp'
import { inferTypes, type TensorType } from '@crp-serve/onnx'
import { locatedRules } from './located-rules.ts'
import { resolvedRule } from './resolved-rule.ts'
import { multiplications } from './work.ts'

/** What one compiled attribution computes; layers by their canonical names. Everything here is part of its key. */
export interface PlanSpec {
  /** What the scores are, and where relevance starts unless `startLayer` says otherwise. */
  readonly start: 'logits' | 'output'
  /** The layer at whose output relevance starts. */
  readonly startLayer: string | null
  readonly composite: CompositeSpec
  readonly startMode: StartMode
  readonly predicted: boolean
  readonly masks: readonly string[]
  /** Those of them that keep directions in channel space. */
  readonly projections: readonly string[]
  /** Those of them that keep one channel in every row. */
  readonly singles: readonly string[]
  readonly excludeParallel: boolean
  readonly relevance: readonly string[]
  /** Layers whose relevance per channel is wanted. */
  readonly channelSums: readonly string[]
  readonly activation: readonly string[]
  readonly heatmap: boolean
  readonly inputRelevance: boolean
}

/** One ONNX graph of a plan. */
export interface PlanPart extends Omit<Part, 'model'> {
  /** Absolute path. */
  readonly path: string
  /** Multiply-accumulates for one row. */
  readonly multiplications: number
}

/** A compiled attribution: graphs to be run one after another, and what goes in and comes out. */
export interface CompiledPlan {
  readonly parts: readonly PlanPart[]
  /** All of them as one graph, for a batch of one piece, in which nothing would run twice. */
  readonly whole: PlanPart
  readonly inputs: Omit<CompiledAttribution['inputs'], 'masks' | 'bounds'> & {
    /** By layer name. */
    readonly masks: Readonly<Record<string, string>>
    /** By input: a row for each sample of the request. */
    readonly bounds: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: number[] }>>
  }
  readonly outputs: Omit<
    CompiledAttribution['outputs'],
    'relevance' | 'channelSums' | 'activation' | 'sampled'
  > & {
    readonly relevance: Readonly<Record<string, string>>
    readonly channelSums: Readonly<Record<string, string>>
    readonly activation: Readonly<Record<string, string>>
  }
  readonly trustColumns: readonly string[]
  /** Whether the account of a row must balance, and who is to be looked at where it does not. */
  readonly conservation: Conservation
  /** The rule of every layer. */
  readonly composite: AttributionResponse['composite']
  /** Multiply-accumulates of one forward pass of one sample. */
  readonly forward: number
}

const byName = (tensors: ReadonlyMap<Layer, string>): Record<string, string> =>
  Object.fromEntries([...tensors].map(([layer, tensor]) => [layer.name, tensor]))

const boundValues = (bounds: CompiledAttribution['inputs']['bounds']): CompiledPlan['inputs']['bounds'] =>
  Object.fromEntries([...bounds].map(([name, { dims, data }]) => [name, { dims, data: Array.from(data) }]))

/** Names of the inputs in the order in which they become known: the sample, the target, one mask after the other. */
function inputGroups({ inputs }: CompiledAttribution): readonly (readonly string[])[] {
  const target = [inputs.select, inputs.predicted, inputs.start].filter((name) => name !== null)
  return [[inputs.data, ...inputs.bounds.keys()], target, ...[...inputs.masks.values()].map((name) => [name])]
}

/**
 * Types of every tensor of a compiled graph, one batch size standing for samples and rows alike; directions count as one.
 */
function typesOf(
  explainable: Explainable,
  { model, inputs }: CompiledAttribution,
  start: Layer,
  spec: Pick<PlanSpec, 'projections'>,
) {
  const { facts, input } = explainable
  const like = (tensor: string) => facts.sizes(tensor)
  const narrow = (sizes: readonly number[]) => sizes.map((size, axis) => (axis === 0 ? size : 1))
  const sizes: Record<string, readonly number[]> = { [input]: like(input) }
  sizes[inputs.select] = narrow(like(start.output))
  if (inputs.predicted !== null) sizes[inputs.predicted] = like(start.output).map(() => 1)
  if (inputs.start !== null) sizes[inputs.start] = like(start.output)
  for (const [layer, name] of inputs.masks) {
    const [channels] = like(layer.output)
    sizes[name] = spec.projections.includes(layer.name) ? [channels!, 1] : narrow(like(layer.output))
  }
  for (const [name, { dims }] of inputs.bounds) sizes[name] = dims.slice(1)
  return inferTypes(model, sizes, { unknown: 'collect' }).types
}

/** A graph of a plan before it is written. */
export interface UnwrittenPart {
  readonly part: Part
  readonly multiplications: number
}

/** A plan whose graphs have not been written yet. */
export interface UnwrittenPlan extends Omit<CompiledPlan, 'parts' | 'whole'> {
  readonly parts: readonly UnwrittenPart[]
  readonly whole: UnwrittenPart
}

/** What the rules promise of the sum of relevance between the start and the input. */
function promised(
  explainable: Explainable,
  rules: ReadonlyMap<Layer, Rule>,
  start: Layer,
  { excludeParallel, masks }: PlanSpec,
): Conservation {
  const below = layersBelow(explainable, start)
  const conservation = conservationOf(new Map(below.map((layer) => [layer, rules.get(layer)!])))
  // What by-passes a layer at which the walk starts anew is lost on purpose, and stands in no account.
  const restarts = excludeParallel && masks.length > 0
  return restarts ? { ...conservation, checked: false } : conservation
}

function describePlan(
  explainable: Explainable,
  compiled: CompiledAttribution,
  rules: ReadonlyMap<Layer, Rule>,
  types: ReadonlyMap<string, TensorType>,
  start: Layer,
  spec: PlanSpec,
): UnwrittenPlan {
  const { inputs, trustColumns } = compiled
  const { sampled: _, ...outputs } = compiled.outputs
  const measured = (part: Part) => ({ part, multiplications: multiplications(part.model.graph, types) })
  const groups = inputGroups(compiled)
  return {
    parts: splitByInputs(compiled.model, groups).map(measured),
    whole: measured(splitByInputs(compiled.model, [groups.flat()])[0]!),
    inputs: { ...inputs, masks: byName(inputs.masks), bounds: boundValues(inputs.bounds) },
    outputs: {
      ...outputs,
      relevance: byName(outputs.relevance),
      channelSums: byName(outputs.channelSums),
      activation: byName(outputs.activation),
    },
    trustColumns,
    conservation: promised(explainable, rules, start, spec),
    composite: Object.fromEntries([...rules].map(([layer, rule]) => [layer.name, resolvedRule(rule)])),
    forward: multiplications(explainable.model.graph, types),
  }
}

/**
 * Compiles a plan of an analysed model and cuts it by its inputs, so that what rows have in common runs once.
 * @throws errors of rules and layers with a `pointer` into the composite where one entry is at fault
 */
export function compile(explainable: Explainable, spec: PlanSpec): UnwrittenPlan {
  const assigned = locatedRules(explainable, spec.composite)
  const rules = new Map([...assigned].map(([layer, { rule }]) => [layer, rule]))
  const find = (names: readonly string[]) => names.map((name) => explainable.lookup.get(name))
  const scores = startLayer(explainable, spec.start)
  const start = spec.startLayer === null ? scores : explainable.lookup.get(spec.startLayer)
  const compiled = compileAttribution(explainable, rules, {
    start,
    scores,
    startMode: spec.startMode,
    predicted: spec.predicted,
    masks: find(spec.masks),
    projections: find(spec.projections),
    singles: find(spec.singles),
    excludeParallel: spec.excludeParallel,
    relevance: find(spec.relevance),
    channelSums: find(spec.channelSums),
    activation: find(spec.activation),
    heatmap: spec.heatmap,
    inputRelevance: spec.inputRelevance,
  })
  return describePlan(explainable, compiled, rules, typesOf(explainable, compiled, start, spec), start, spec)
}
