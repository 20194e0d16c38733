import {
  type CollectedLayer,
  type CollectedTargets,
  pointer,
  problemAt,
  type RenderedReferencesTask,
} from '@crp-serve/contracts'
import { ConditionResolver } from '../attribution/conditions.ts'
import type { DescribedLayer, ModelDescription } from '../tools/describe.ts'
import type { CollectTask } from './collect-task.ts'

/** A collection whose layers are the client's names; without layers it is about those with weights. */
export interface CollectRequest extends Omit<CollectTask, 'layers' | 'model_sha256'> {
  readonly layers?: readonly string[]
}

/** Layers with weights; their channels are what concepts usually stand for. */
const isCollectedByDefault = ({ type, sizes }: DescribedLayer) =>
  (type === 'convolution' || type === 'linear') && sizes !== null && sizes.length > 0

function chosenLayers(names: readonly string[], resolver: ConditionResolver): CollectedLayer[] {
  const found = names.map((name, i) => resolver.layer(name, `/layers/${i}`))
  const twin = found.findIndex(({ layer }, i) => found.findIndex((other) => other.layer === layer) < i)
  if (twin >= 0) {
    const first = names[found.findIndex(({ layer }) => layer === found[twin]!.layer)]
    throw problemAt('duplicate-layer', `/layers/${twin}`, `is the layer ${JSON.stringify(first)} again`)
  }
  return found.map(({ layer, sizes: [concepts, ...sizes] }) => ({ name: layer, concepts: concepts!, sizes }))
}

/** @throws ProblemError `class-out-of-range`, with a pointer below `/targets` */
export function checkTargets(targets: CollectedTargets, resolver: ConditionResolver): void {
  if (Array.isArray(targets)) resolver.targets(targets, (i) => `/targets/${i}`)
}

/** Concepts whose references are rendered, by layer. */
export type ReferencedConcepts = RenderedReferencesTask['concepts']

/**
 * Finds the layers of concepts among those that are collected.
 * @throws ProblemError `unknown-layer`, `channel-out-of-range`, with pointers below `/references/concepts`
 */
export function resolveReferenced(
  concepts: ReferencedConcepts,
  layers: readonly CollectedLayer[],
  description: ModelDescription,
): ReferencedConcepts {
  if (typeof concepts === 'string') return concepts
  const resolver = new ConditionResolver(description)
  const resolved = Object.entries(concepts).map(([name, channels]) => {
    const here = `/references/concepts${pointer(name)}`
    const { layer } = resolver.layer(name, here)
    if (!layers.some((collected) => collected.name === layer)) {
      const names = layers.map((collected) => collected.name)
      throw problemAt('unknown-layer', here, 'is not among the layers that are collected', names.slice(0, 5))
    }
    for (const [i, channel] of channels.entries())
      resolver.channel(name, channel, { layer: here, channel: `${here}/${i}` })
    return [layer, channels] as const
  })
  return Object.fromEntries(resolved)
}

/**
 * Finds the layers of a collection and checks its classes.
 * @throws ProblemError `unknown-layer`, `duplicate-layer`, `class-out-of-range`, each with a pointer
 */
export function resolveCollection(
  request: CollectRequest,
  description: ModelDescription,
  sha256: string,
): CollectTask {
  const resolver = new ConditionResolver(description)
  const defaults = description.layers.filter(isCollectedByDefault).map(({ name }) => name)
  checkTargets(request.targets, resolver)
  return {
    ...request,
    model_sha256: sha256,
    layers: chosenLayers(request.layers ?? defaults, resolver),
  }
}
