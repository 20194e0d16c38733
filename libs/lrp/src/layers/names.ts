import type { Graph, Node } from '@crp-serve/onnx'
import type { Draft, Layer } from './layer.ts'

/**
 * Metadata key under which the canonizer notes the module paths of a node, as a JSON list: those of the node
 * itself and of every node that was merged into it. It travels with the model, so that names outlive the merge.
 */
export const pathsKey = 'crp-serve.paths'

/** Metadata key for the names of nodes and tensors that were merged into a node, as a JSON list. */
export const mergedKey = 'crp-serve.merged'

const list = (node: Node, key: string): readonly string[] =>
  JSON.parse(node.metadata[key] ?? '[]') as string[]

/** Module paths that the export carries for a node, its own first. */
export const pathsOf = (node: Node): readonly string[] => list(node, pathsKey)

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)]

/** Every module path above a path: `a.b.c` lies in `a.b` and `a`. */
const containersOf = (path: string): readonly string[] => {
  const parts = path.split('.')
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'))
}

/** The paths that stand for more than one layer, or for a module with modules below it. */
function containers(paths: readonly (readonly string[])[]): ReadonlySet<string> {
  const count = new Map<string, number>()
  for (const path of paths.flatMap(unique)) count.set(path, (count.get(path) ?? 0) + 1)
  const shared = [...count].filter(([, n]) => n > 1).map(([path]) => path)
  return new Set([...shared, ...[...count.keys()].flatMap(containersOf)])
}

const isWithin = (path: string, container: string): boolean =>
  path === container || path.startsWith(`${container}.`)

/**
 * The one layer whose output leaves a module that holds several layers, or null where there are several such:
 * the module's output, as a hook on the module would see it.
 */
function outputOf(
  container: string,
  graph: Graph,
  drafts: readonly Draft[],
  paths: readonly (readonly string[])[],
) {
  const inside = drafts.filter((_, i) => paths[i]!.some((path) => isWithin(path, container)))
  const members = new Set(inside.flatMap((draft) => draft.nodes))
  const leaves = inside.filter(
    (draft) =>
      graph.outputs.some((output) => output.name === draft.output) ||
      graph.nodes.some((node) => !members.has(node) && node.inputs.includes(draft.output)),
  )
  return leaves.length === 1 ? leaves[0]! : null
}

/**
 * Names for every layer (api.md, "Layer names"): the module path where exactly one layer has it, else the name
 * of the defining node; as aliases the other paths, node names and output tensors, and the paths of the modules
 * whose output the layer gives.
 */
export function nameLayers(
  graph: Graph,
  drafts: readonly Draft[],
): readonly Pick<Layer, 'name' | 'aliases'>[] {
  const paths = drafts.map((draft) => unique(draft.named.flatMap(pathsOf)))
  const modules = containers(paths)
  const outputs = [...modules].map((path) => [path, outputOf(path, graph, drafts, paths)] as const)
  return drafts.map((draft, i) => {
    const own = paths[i]!.filter((path) => !modules.has(path))
    const above = outputs.filter(([, layer]) => layer === draft).map(([path]) => path)
    const raw = draft.named.flatMap((node) => [
      node.name,
      ...node.outputs.slice(0, 1),
      ...list(node, mergedKey),
    ])
    const names = unique([...own, ...above, ...raw])
    return { name: names[0]!, aliases: names.slice(1) }
  })
}
