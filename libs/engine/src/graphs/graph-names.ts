import { type AttributionGraphTask, problemAt } from '@crp-serve/contracts'
import { type GraphNode, type GraphPlan, nearestInputs, upstreamOf, type WiredLayer } from '@crp-serve/crp'
import { ConditionResolver } from '../attribution/conditions.ts'
import type { DescribedLayer, ModelDescription } from '../tools/describe.ts'

/** What of an attribution graph is asked for, with canonical names. */
export interface ResolvedGraph {
  readonly plan: GraphPlan
  /** A canonical name as the client has it. */
  readonly shown: (layer: string) => string
}

/** Layers with weights; their channels are what concepts usually stand for. */
const isNodeByDefault = ({ type }: DescribedLayer) => type === 'convolution' || type === 'linear'

/** Relevance within a parent concept reaches only what lies below it. */
function checkParent(task: AttributionGraphTask, plan: GraphPlan, layers: readonly WiredLayer[]): void {
  const { parent, top } = plan
  if (parent === null) return
  const inputs = new Map(layers.map(({ name, inputs }) => [name, inputs]))
  if (upstreamOf(parent.layer, inputs).has(top.layer)) return
  const detail = `the layer ${task.layer} does not lie below ${task.parent!.layer}, so that it gets no relevance from there`
  throw problemAt('layer-not-reachable', '/parent/layer', detail)
}

/**
 * Finds the layers of a graph request and checks its concepts.
 * @throws ProblemError `unknown-layer`, `channel-out-of-range`, `class-out-of-range`, `layer-not-reachable`, each with a
 * pointer
 */
export function resolveGraph(task: AttributionGraphTask, description: ModelDescription): ResolvedGraph {
  const resolver = new ConditionResolver(description)
  const names = new Map<string, string>()
  const find = (name: string, here: string) => {
    const { layer } = resolver.layer(name, here)
    names.set(layer, name)
    return layer
  }
  const node = ({ layer, concept }: GraphNode, here: string) => {
    const name = resolver.channel(layer, concept, { layer: `${here}/layer`, channel: `${here}/concept` })
    names.set(name, layer)
    return { layer: name, concept }
  }
  const chosen = task.layers?.map((name, i) => find(name, `/layers/${i}`))
  const defaults = description.layers.filter(isNodeByDefault).map(({ name }) => name)
  if (typeof task.target === 'number') resolver.targets([task.target], () => '/target')
  const plan: GraphPlan = {
    top: node(task, ''),
    parent: task.parent ? node(task.parent, '/parent') : null,
    hasTarget: task.target !== undefined,
    mode: task.mode,
    inputs: nearestInputs(description.layers, new Set(chosen ?? defaults)),
  }
  checkParent(task, plan, description.layers)
  return { plan, shown: (layer) => names.get(layer) ?? layer }
}
