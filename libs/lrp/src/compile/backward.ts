import { LrpError } from '../errors.ts'
import type { Layer } from '../layers/layer.ts'
import { applyRule } from '../rules/apply.ts'
import type { Rule } from '../rules/rule.ts'
import type { Emitter } from './emitter.ts'
import type { Ledger } from './ledger.ts'
import type { Relevance } from './relevance.ts'

/** What happens to relevance on its way, besides the rules. */
export interface Visits {
  /** Called once with the relevance that arrives at a layer's output before its mask. */
  readonly record: (layer: Layer, r: Relevance) => void
  /** What a condition leaves of the relevance at a layer's output, or null where it leaves all of it. */
  readonly masked: (layer: Layer, r: Relevance) => Relevance | null
}

/**
 * One walk over the layers against the flow of the forward pass. Relevance of all consumers of a tensor is
 * summed first, then recorded, then masked once (semantics.md, section 2).
 */
export class Backward {
  readonly #emitter: Emitter
  readonly #ledger: Ledger
  readonly #layers: readonly Layer[]
  readonly #rules: ReadonlyMap<Layer, Rule>
  readonly #visits: Visits
  readonly #recorded = new Set<Layer>()

  constructor(
    emitter: Emitter,
    ledger: Ledger,
    layers: readonly Layer[],
    rules: ReadonlyMap<Layer, Rule>,
    visits: Visits,
  ) {
    this.#emitter = emitter
    this.#ledger = ledger
    this.#layers = layers
    this.#rules = rules
    this.#visits = visits
  }

  /** Records and masks the relevance at a layer's output. */
  visit(layer: Layer, r: Relevance): Relevance {
    if (!this.#recorded.has(layer)) {
      this.#recorded.add(layer)
      this.#ledger.atLayer(layer.name, r, layer.output)
      this.#visits.record(layer, r)
    }
    const masked = this.#visits.masked(layer, r)
    if (masked === null) return r
    this.#ledger.masked(r, masked, layer.output)
    return masked
  }

  /**
   * Pulls relevance at a layer's output down to another layer's output along every path that reaches it, and
   * nowhere else; returns it recorded and masked there.
   */
  toLayer(from: Layer, r: Relevance, to: Layer): Relevance {
    const below = this.#downstream(to.output)
    if (!below.has(from.output)) {
      throw new LrpError(
        'layer-order-invalid',
        `the layer ${to.name} does not lie below ${from.name}: conditions name layers from output to input, and no two parallel ones`,
        { layers: [from.name, to.name] },
      )
    }
    const pending = this.#walk(from, r, (tensor) => below.has(tensor), to)
    return this.visit(to, this.#emitter.total(pending.get(to.output)!))
  }

  /** Pulls relevance at a layer's output down to the model's input along all paths. */
  toInput(from: Layer, r: Relevance, input: string): Relevance {
    const parts = this.#walk(from, r, () => true, null).get(input)
    if (!parts)
      throw new LrpError('layer-not-connected', `the layer ${from.name} does not depend on the input`)
    return this.#emitter.total(parts)
  }

  /** Relevance parts that wait at each tensor once everything above `stop` (or everything) has been passed. */
  #walk(
    from: Layer,
    r: Relevance,
    within: (tensor: string) => boolean,
    stop: Layer | null,
  ): ReadonlyMap<string, readonly Relevance[]> {
    const pending = new Map<string, Relevance[]>()
    const descend = (layer: Layer, relevance: Relevance) => {
      const parts = applyRule(this.#emitter, this.#ledger, layer, this.#rules.get(layer)!, relevance)
      parts.forEach((part, i) => {
        const tensor = layer.inputs[i]!
        if (part !== null && within(tensor)) pending.set(tensor, [...(pending.get(tensor) ?? []), part])
      })
    }
    descend(from, r)
    for (const layer of this.#layers.slice(0, this.#layers.indexOf(from)).reverse()) {
      if (layer === stop) break
      const parts = pending.get(layer.output)
      if (parts) descend(layer, this.visit(layer, this.#emitter.total(parts)))
    }
    return pending
  }

  /** The tensors that depend on a tensor, itself among them, as far as relevance flows. */
  #downstream(tensor: string): ReadonlySet<string> {
    const reached = new Set([tensor])
    for (const layer of this.#layers) {
      if (layer.inputs.some((name) => reached.has(name))) reached.add(layer.output)
    }
    return reached
  }
}

/** Zero relevance for a recorded layer that the walk did not reach. */
export const noRelevance = (emitter: Emitter, rows: string, layer: Layer): string => {
  const rank = emitter.facts.rank(layer.output)
  const zero = emitter.mul(rows, emitter.scalar(0))
  const shaped = emitter.op('Reshape', [
    zero,
    emitter.ints([-1, ...Array.from({ length: rank - 1 }, () => 1)]),
  ])
  return emitter.expandLike(shaped, layer.output)
}
