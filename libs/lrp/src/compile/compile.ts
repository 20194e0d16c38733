import { type DeclaredDim, type GraphBuilder, type Model, prune, verify } from '@crp-serve/onnx'
import { unsupportedError } from '../errors.ts'
import { type Explainable, layersBelow } from '../explainable.ts'
import type { Layer } from '../layers/layer.ts'
import { unsupportedLayers } from '../layers/recognise.ts'
import { Backward, noRelevance } from './backward.ts'
import { Emitter } from './emitter.ts'
import { withForwardPass } from './forward.ts'
import { Ledger } from './ledger.ts'
import type {
  AttributionPlan,
  CompiledInputs,
  CompiledOutputs,
  Rules,
  SampledChannels,
  Sampling,
} from './plan.ts'
import { projected, projectionRank } from './projection.ts'
import { plain, type Relevance } from './relevance.ts'
import { sampledChannels } from './sampling.ts'

const noSampling: Sampling = { maxTarget: 'sum', relevance: [], activation: [] }

/** A backward graph beside the model's own forward graph, ready to be written and run. */
export interface CompiledAttribution {
  readonly model: Model
  readonly inputs: CompiledInputs
  readonly outputs: CompiledOutputs
  /** What the columns of the trust output hold: `initial`, `input`, `absorbed/<kind>`, `layer/<name>`. */
  readonly trustColumns: readonly string[]
}

/** Forward tensors that never hold a negative number. */
function nonNegativeTensors({ layers, facts }: Explainable): ReadonlySet<string> {
  const known = new Set<string>()
  for (const layer of layers) {
    const flags = layer.inputs.map((name) => known.has(name))
    if (layer.operator.nonNegative(layer, flags, facts)) known.add(layer.output)
  }
  return known
}

/** Compiles one attribution; every method emits one part of the graph. */
class Compilation {
  readonly #builder: GraphBuilder
  readonly #emitter: Emitter
  readonly #ledger: Ledger
  readonly #plan: AttributionPlan
  readonly #data: string
  readonly #relevance = new Map<Layer, string>()
  readonly #recorded: ReadonlySet<Layer>

  constructor(explainable: Explainable, plan: AttributionPlan) {
    const { facts } = explainable
    this.#builder = withForwardPass(explainable)
    this.#emitter = new Emitter(this.#builder, facts, nonNegativeTensors(explainable))
    this.#ledger = new Ledger(this.#emitter)
    this.#plan = plan
    this.#data = explainable.input
    this.#recorded = new Set([
      ...plan.relevance,
      ...(plan.channelSums ?? []),
      ...(plan.sampling?.relevance ?? []),
    ])
  }

  run({ model, layers }: Explainable, rules: Rules): CompiledAttribution {
    const { inputs, start } = this.#start()
    const backward = new Backward(this.#emitter, this.#ledger, layers, rules, {
      masked: (layer, r) => this.#masked(layer, r, inputs.masks.get(layer)),
      record: (layer, r) => this.#record(layer, r),
    })
    const atInput = this.#descend(backward, start, inputs.data)
    const rows = this.#emitter.rowSum(start, this.#plan.start.output)
    const account = this.#ledger.close(rows, this.#emitter.rowSum(atInput, inputs.data))
    const outputs = this.#outputs(model, atInput, rows, account.tensor)
    return {
      model: { ...model, graph: this.#builder.build('attribution') },
      inputs: { ...inputs, bounds: this.#emitter.bounds },
      outputs,
      trustColumns: account.columns,
    }
  }

  #masked(layer: Layer, r: Relevance, mask: string | undefined): Relevance | null {
    if (mask === undefined) return null
    if (this.#isProjection(layer)) return projected(this.#emitter, layer, r, mask)
    const kept = { value: this.#emitter.mul(r.value, mask), factor: r.factor }
    return this.#plan.singles?.includes(layer) ? { ...kept, channel: this.#channelOf(mask, layer) } : kept
  }

  /** The channel that the mask of a layer keeps in each row: [K]. */
  #channelOf(mask: string, layer: Layer): string {
    const e = this.#emitter
    const best = e.op('ArgMax', [mask], { axis: 1, keepdims: 1 })
    return e.facts.rank(layer.output) > 1 ? e.op('Reshape', [best, e.ints([-1])]) : best
  }

  #isProjection(layer: Layer): boolean {
    return this.#plan.projections?.includes(layer) ?? false
  }

  /** From the start through the masked layers to the input. */
  #descend(backward: Backward, start: Relevance, input: string): Relevance {
    let layer = this.#plan.start
    let r = backward.visit(layer, start)
    if (this.#plan.excludeParallel) {
      for (const next of this.#plan.masks.filter((masked) => masked !== layer)) {
        r = backward.toLayer(layer, r, next)
        layer = next
      }
    }
    return backward.toInput(layer, r, input)
  }

  /** Declares the inputs and emits the relevance at the start tensor. */
  #start(): { inputs: Omit<CompiledInputs, 'bounds'>; start: Relevance } {
    const { startMode, predicted, masks, start } = this.#plan
    const tensor = start.output
    const rank = this.#emitter.facts.rank(tensor)
    const inputs: Omit<CompiledInputs, 'bounds'> = {
      data: this.#data,
      select: this.#input('select', rank),
      predicted: predicted ? this.#input('predicted', rank) : null,
      start: startMode === 'given' ? this.#input('start', rank) : null,
      masks: new Map(masks.map((layer) => [layer, this.#mask(layer)])),
    }
    const e = this.#emitter
    const select = inputs.predicted
      ? e.add(inputs.select, this.#predicted(tensor, inputs.predicted))
      : inputs.select
    if (inputs.start !== null)
      return { inputs, start: plain(e.expandLike(e.mul(inputs.start, select), tensor)) }
    const factor = startMode === 'absolute' ? e.op('Abs', [tensor]) : tensor
    return {
      inputs,
      start: { value: rank > 2 ? e.expandLike(select, tensor) : select, factor },
    }
  }

  /** A one at the class with the greatest value of each sample, for rows that ask for it. */
  #predicted(tensor: string, asked: string): string {
    const e = this.#emitter
    const classes = e.facts.sizes(tensor)[0]!
    const best = e.op('ArgMax', [tensor], { axis: 1, keepdims: 1 })
    const numbers = e.op('Unsqueeze', [e.op('Range', [e.int(0), e.int(classes), e.int(1)]), e.ints([0])])
    return e.mul(e.op('Cast', [e.op('Equal', [best, numbers])], { to: 1 }), asked)
  }

  #mask(layer: Layer): string {
    const rank = this.#isProjection(layer) ? projectionRank : this.#emitter.facts.rank(layer.output)
    return this.#input(`mask/${layer.name}`, rank)
  }

  /** A float input whose axes are all of free size. */
  #input(name: string, rank: number): string {
    const shape: DeclaredDim[] = Array.from({ length: rank }, () => null)
    return this.#builder.input(this.#builder.fresh(`crp:${name}`), 'float32', shape)
  }

  #record(layer: Layer, r: Relevance): void {
    if (this.#recorded.has(layer)) this.#relevance.set(layer, this.#emitter.materialize(r))
  }

  #outputs(model: Model, atInput: Relevance, rows: string, trust: string): CompiledOutputs {
    const e = this.#emitter
    const {
      heatmap,
      inputRelevance,
      relevance,
      channelSums = [],
      activation,
      start,
      scores = start,
    } = this.#plan
    const input = heatmap || inputRelevance ? e.materialize(atInput) : ''
    const relevanceOf = (layer: Layer) => this.#relevance.get(layer) ?? noRelevance(e, rows, layer)
    const sumsOf = (layer: Layer) => e.channelSums(relevanceOf(layer), layer.output)
    return {
      prediction: this.#output('prediction', model.graph.outputs[0]!.name),
      start: this.#output('start', scores.output),
      heatmap: heatmap ? this.#output('heatmap', e.sumAway(input, [1], this.#data)) : null,
      inputRelevance: inputRelevance ? this.#output('input_relevance', input) : null,
      relevance: new Map(relevance.map((l) => [l, this.#output(`relevance/${l.name}`, relevanceOf(l))])),
      channelSums: new Map(channelSums.map((l) => [l, this.#output(`channel_sums/${l.name}`, sumsOf(l))])),
      activation: new Map(activation.map((l) => [l, this.#output(`activation/${l.name}`, l.output)])),
      sampled: this.#sampled(relevanceOf),
      trust: this.#output('trust', trust),
    }
  }

  #sampled(relevanceOf: (layer: Layer) => string): CompiledOutputs['sampled'] {
    const { maxTarget, relevance, activation } = this.#plan.sampling ?? noSampling
    const read = (kind: string, layer: Layer, tensor: string): [Layer, SampledChannels] => {
      const { values, neurons } = sampledChannels(this.#emitter, tensor, layer.output, maxTarget)
      const named = `${kind}/${layer.name}`
      return [
        layer,
        {
          values: this.#output(`values/${named}`, values),
          neurons: neurons === null ? null : this.#output(`neurons/${named}`, neurons, 'int32'),
        },
      ]
    }
    return {
      relevance: new Map(relevance.map((layer) => read('relevance', layer, relevanceOf(layer)))),
      activation: new Map(activation.map((layer) => read('activation', layer, layer.output))),
    }
  }

  #output(name: string, tensor: string, type: 'float32' | 'int32' = 'float32'): string {
    const output = this.#builder.fresh(`crp:${name}`)
    this.#builder.output(output, tensor, type, null)
    return output
  }
}

/**
 * Compiles a plan for a canonized model: the model's own forward pass, and beside it the backward pass that the
 * rules describe. Only what the outputs need is kept. The model is not changed. Throws `model-not-supported` naming
 * every layer on the way that relevance cannot pass.
 */
export function compileAttribution(
  explainable: Explainable,
  rules: Rules,
  plan: AttributionPlan,
): CompiledAttribution {
  const impassable = unsupportedLayers(layersBelow(explainable, plan.start))
  if (impassable.length > 0) throw unsupportedError(impassable)
  const compiled = new Compilation(explainable, plan).run(explainable, rules)
  const model = { ...compiled.model, graph: prune(compiled.model.graph) }
  verify(model)
  return { ...compiled, model }
}
