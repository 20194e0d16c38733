import {
  type CompiledAttribution,
  type CompositeSpec,
  compileAttribution,
  type Explainable,
  type Layer,
  type MaxTarget,
  type SampledChannels,
  splitByInputs,
  startLayer,
} from '@crp-serve/lrp'
import { extract, type Model } from '@crp-serve/onnx'
import { EngineError } from '../errors.ts'
import type { PlanPart, UnwrittenPart } from './compile.ts'
import { locatedRules } from './located-rules.ts'

/** What feature visualization reads of every sample; layers by their canonical names. All of it is part of the plan's key. */
export interface SamplingSpec {
  readonly kind: 'sampling'
  readonly start: 'logits' | 'output'
  readonly composite: CompositeSpec
  /** Whether relevance starts from the predicted class. */
  readonly predicted: boolean
  readonly maxTarget: MaxTarget
  readonly relevance: readonly string[]
  readonly activation: readonly string[]
}

type ByLayer = Readonly<Record<string, SampledChannels>>

/** One graph from samples and their targets to numbers per channel. */
export interface SamplingPlan<P = PlanPart> {
  /** A single one. */
  readonly parts: readonly P[]
  readonly inputs: Pick<CompiledAttribution['inputs'], 'data' | 'select' | 'predicted'>
  readonly outputs: {
    /** The scores: [rows, classes]; only where relevance starts from the predicted class. */
    readonly scores: string | null
    readonly relevance: ByLayer
    readonly activation: ByLayer
  }
}

const byName = (sampled: ReadonlyMap<Layer, SampledChannels>): ByLayer =>
  Object.fromEntries([...sampled].map(([layer, channels]) => [layer.name, channels]))

/** The graph with nothing but the outputs that are read. */
function reduced(model: Model, outputs: SamplingPlan['outputs']): Model {
  const layers = [...Object.values(outputs.relevance), ...Object.values(outputs.activation)]
  const names = new Set([outputs.scores, ...layers.flatMap(({ values, neurons }) => [values, neurons])])
  const wanted = model.graph.outputs.filter(({ name }) => names.has(name))
  return { ...model, graph: extract(model.graph, wanted, { dropInputs: true }) }
}

const boundsOfSamples = () =>
  new EngineError(
    'rule-parameter-invalid',
    'bounds of z_box that differ from sample to sample go with the samples of one request; give one row for all',
    { pointer: '/composite' },
  )

/**
 * Compiles what feature visualization runs: forward and backward pass of every row in one graph, of which only numbers per
 * channel come out.
 * @throws errors of rules and layers, with a `pointer` into the composite where one entry is at fault
 */
export function compileSampling(explainable: Explainable, spec: SamplingSpec): SamplingPlan<UnwrittenPart> {
  const assigned = locatedRules(explainable, spec.composite)
  const rules = new Map([...assigned].map(([layer, { rule }]) => [layer, rule]))
  const find = (names: readonly string[]) => names.map((name) => explainable.lookup.get(name))
  const compiled = compileAttribution(explainable, rules, {
    start: startLayer(explainable, spec.start),
    startMode: 'value',
    predicted: spec.predicted,
    masks: [],
    excludeParallel: false,
    relevance: [],
    activation: [],
    sampling: {
      maxTarget: spec.maxTarget,
      relevance: find(spec.relevance),
      activation: find(spec.activation),
    },
    heatmap: false,
    inputRelevance: false,
  })
  const { data, select, predicted, bounds } = compiled.inputs
  if (bounds.size > 0) throw boundsOfSamples()
  const outputs = {
    scores: spec.predicted ? compiled.outputs.start : null,
    relevance: byName(compiled.outputs.sampled.relevance),
    activation: byName(compiled.outputs.sampled.activation),
  }
  const model = reduced(compiled.model, outputs)
  const parts = splitByInputs(model, [model.graph.inputs.map(({ name }) => name)])
  return {
    parts: parts.map((part) => ({ part, multiplications: 0 })),
    inputs: { data, select, predicted },
    outputs,
  }
}
