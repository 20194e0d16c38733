import type { Graph, Node } from '../graph/types.ts'
import { append, consumers } from '../graph/uses.ts'

/** The module of the source network that a node belongs to. */
export interface ModulePaths {
  /** Path of the module, as `named_modules` spells it (`layer1.0.conv1`); null outside of any named module. */
  readonly primary: string | null
  /** Other modules that the node stands for: a batch norm folded into it, a module that is called again. */
  readonly aliases: readonly string[]
}

/** Metadata keys of the dynamo exporter (torch.onnx.export with dynamo=True). */
const keys = {
  scopes: 'pkg.torch.onnx.name_scopes',
  classes: 'pkg.torch.onnx.class_hierarchy',
  rule: 'pkg.onnxscript.rewriter.rule_name',
  call: 'pkg.torch.onnx.fx_node',
  source: 'pkg.torch.onnx.stack_trace',
} as const

/** The strings of a Python list literal of strings. */
function pythonStrings(literal: string): string[] {
  const found = literal.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)
  return [...found].map((m) => (m[1] ?? m[2] ?? '').replace(/\\(.)/g, '$1'))
}

/** The last entry of a dynamo scope list is the call itself, the one before it the module. */
function scopeEntry(node: Node, key: string): string | undefined {
  const literal = node.metadata[key]
  return literal === undefined ? undefined : pythonStrings(literal).at(-2)
}

/**
 * The module path in a node name of the TorchScript-style exporter: `/layer1/layer1.0/conv1/Conv` has one part for
 * each module that is called, and a part that begins with the one before it (a Sequential's child) stands for both.
 */
function pathOfName(name: string): string | undefined {
  if (!name.startsWith('/')) return undefined
  const parts: string[] = []
  for (const part of name.slice(1).split('/').slice(0, -1)) {
    const before = parts.at(-1)
    if (before !== undefined && part.startsWith(`${before}.`)) parts.pop()
    parts.push(part)
  }
  return parts.join('.')
}

/** `features.0` where the weight of the node is the initializer `features.0.weight`. */
function pathOfWeight(node: Node, graph: Graph): string | undefined {
  const weight = node.inputs[1]
  if (weight === undefined || !graph.initializers.has(weight)) return undefined
  return weight.endsWith('.weight') ? weight.slice(0, -'.weight'.length) : undefined
}

const named = (path: string | undefined): string | null => (path === undefined || path === '' ? null : path)

const callsOf = new WeakMap<Graph, ReadonlySet<string>>()

/** Operators by the module path in their names, as `operator path`. */
function calls(graph: Graph): ReadonlySet<string> {
  const known = callsOf.get(graph)
  if (known) return known
  const made = new Set(graph.nodes.map((n) => `${n.op} ${pathOfName(n.name)}`))
  callsOf.set(graph, made)
  return made
}

/** A module that is called again gets a number in TorchScript names: `relu_1` is `relu` where both are there. */
function firstCall(node: Node, path: string, graph: Graph): string | undefined {
  const first = path.replace(/_\d+$/, '')
  return first !== path && calls(graph).has(`${node.op} ${first}`) ? first : undefined
}

/**
 * The module that a node comes from, by what the PyTorch exporters leave in the file: the scopes in the metadata
 * (dynamo=True), the node name (dynamo=False), or the name of its weight.
 *
 * A convolution that a batch norm was folded into carries the batch norm's scope; its own path is in its weight's
 * name. The batch norm is an alias then.
 */
export function modulePaths(node: Node, graph: Graph): ModulePaths {
  const scope = scopeEntry(node, keys.scopes)
  const own = pathOfWeight(node, graph)
  if (scope !== undefined) {
    const folded =
      own !== undefined && own !== scope && (node.metadata[keys.rule] ?? '').includes('FuseBatchNorm')
    return folded
      ? { primary: own, aliases: named(scope) === null ? [] : [scope] }
      : { primary: named(scope), aliases: [] }
  }
  const path = pathOfName(node.name)
  if (path === undefined) return { primary: named(own), aliases: [] }
  const again = firstCall(node, path, graph)
  return { primary: named(path), aliases: again === undefined ? [] : [again] }
}

/**
 * The Python class of the module that a node comes from, such as `torch.nn.modules.pooling.AdaptiveAvgPool2d`; null
 * where the file does not say (dynamo=True does). A folded convolution has the class of the batch norm.
 */
export const moduleClass = (node: Node): string | null => scopeEntry(node, keys.classes) ?? null

/**
 * Whether a mean is what PyTorch makes of an adaptive pool to one position that is called as a function (dynamo=True): over the
 * last axis and the one before it, in that order, both kept.
 */
export const isFunctionalPool = (node: Node): boolean =>
  /aten\.mean\.dim\]\(args = \(%\w+, \[-1, -2\], True\)/.test(node.metadata[keys.call] ?? '') ||
  /\badaptive_avg_pool\dd\(/.test(node.metadata[keys.source] ?? '')

/** The nodes of one module. */
export interface ModuleNodes {
  /** Nodes right inside the module (not inside its children), in graph order. */
  readonly nodes: readonly Node[]
  /** Those that are read outside of the module or are graph outputs: one for each call of a usual module. */
  readonly outputs: readonly Node[]
}

/** The nodes of every module that nodes belong to, by primary path and by alias. */
export function modulesOf(graph: Graph): ReadonlyMap<string, ModuleNodes> {
  const byPath = new Map<string, Node[]>()
  for (const node of graph.nodes) {
    const { primary, aliases } = modulePaths(node, graph)
    for (const path of primary === null ? aliases : [primary, ...aliases]) {
      append(byPath, path, node)
    }
  }
  const readers = consumers(graph)
  const results = new Set(graph.outputs.map((o) => o.name))
  const leaves = (node: Node, inside: ReadonlySet<Node>): boolean =>
    node.outputs.some((o) => results.has(o) || readers.get(o)?.some((reader) => !inside.has(reader)))
  return new Map(
    [...byPath].map(([path, nodes]) => {
      const inside = new Set(nodes)
      return [path, { nodes, outputs: nodes.filter((node) => leaves(node, inside)) }]
    }),
  )
}
