import type { Model, Node } from '../../graph/types.ts'
import { consumers } from '../../graph/uses.ts'
import type { InferredTypes } from '../../infer/infer-types.ts'
import { prune } from '../extract.ts'
import { Replacement, withReplacements } from '../replacement.ts'
import { Follower, type Touched } from './follow.ts'
import { hasSamples, isPlainShape } from './layout.ts'
import { movers } from './rules.ts'

/** Whether some tensor has its samples elsewhere than alone on the first axis. */
export const hasBatchElsewhere = ({ types }: InferredTypes): boolean =>
  [...types.values()].some(({ shape }) => hasSamples(shape) && !isPlainShape(shape))

/** Nodes that share tensors with samples elsewhere: all of them are rewritten, or none. */
type Region = readonly Touched[]

/** Connects nodes by the tensors that they share. */
function regionsOf(touched: readonly Touched[]): readonly Region[] {
  const byTensor = new Map<string, Set<Touched>>()
  const regions = new Set<Set<Touched>>()
  for (const entry of touched) {
    const joined = new Set([entry])
    for (const region of new Set(entry.tensors.flatMap((name) => byTensor.get(name) ?? []))) {
      regions.delete(region)
      for (const member of region) joined.add(member)
    }
    regions.add(joined)
    for (const member of joined) for (const name of member.tensors) byTensor.set(name, joined)
  }
  return [...regions].map((region) => [...region])
}

/** Whether a region is one chain of reshapes and transpositions, which is a layer of its own as it stands. */
function isRearrangement(region: Region, readers: ReadonlyMap<string, readonly Node[]>): boolean {
  const tensors = new Set(region.flatMap((entry) => entry.tensors))
  return (
    region.every(({ node }) => movers.includes(node.op)) &&
    [...tensors].every((name) => readers.get(name)?.length === 1)
  )
}

/**
 * Gives tensors that have their samples on another axis than the first, or share it with something else ([L, N, E] and
 * [N * heads, L, d] of an attention, the windows of a shifted-window transformer), a form with the samples alone on the
 * first axis, so that every node works on samples one by one. Names stay. Connected nodes are rewritten where
 * each of them can work on that form, and where no graph output would change; else they stay as they are.
 * `inferred` are the types of this very model, which do not hold for the new one.
 */
export function moveBatchFirst(model: Model, inferred: InferredTypes): Model {
  const touched = new Follower(model, inferred).run()
  if (touched.length === 0) return model
  const readers = consumers(model.graph)
  const outputs = new Set(model.graph.outputs.map(({ name }) => name))
  const isMovable = (region: Region) =>
    region.every(({ rewriting, tensors }) => rewriting && !tensors.some((name) => outputs.has(name))) &&
    !isRearrangement(region, readers)
  const replacements = new Map<Node, Replacement>()
  for (const { node, rewriting } of regionsOf(touched).filter(isMovable).flat()) {
    const into = new Replacement(node)
    rewriting!.write(into)
    replacements.set(node, into)
  }
  return replacements.size === 0
    ? model
    : { ...model, graph: prune(withReplacements(model.graph, replacements)) }
}
