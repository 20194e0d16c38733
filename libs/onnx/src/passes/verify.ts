import { invalidModel } from '../errors.ts'
import { elementBytes, elementCount } from '../graph/constants.ts'
import type { Attribute, Constant, Graph, Model, Node } from '../graph/types.ts'
import { subgraphs } from '../graph/uses.ts'

/** What is wrong with a constant: impossible axes, or bytes that do not fit them. */
function constantProblem(name: string, constant: Constant): string | undefined {
  const { dims, dataType, data } = constant
  if (dims.some((d) => !Number.isSafeInteger(d) || d < 0))
    return `${name} has impossible axes ${dims.join('x')}`
  const expected = elementCount(dims) * elementBytes[dataType]
  const actual = data.kind === 'inline' ? data.bytes.byteLength : data.length
  return actual === expected ? undefined : `${name} has ${actual} bytes of data, its axes need ${expected}`
}

const isNumber = (v: unknown): v is number => typeof v === 'number'
const isList = (v: unknown, of: (item: unknown) => boolean): boolean => Array.isArray(v) && v.every(of)

/** Checks of the values that types do not see once a graph has been edited. */
const kindChecks: { readonly [K in Attribute['kind']]: (value: unknown) => boolean } = {
  int: Number.isSafeInteger,
  float: isNumber,
  string: (v) => typeof v === 'string',
  ints: (v) => isList(v, Number.isSafeInteger),
  floats: (v) => isList(v, isNumber),
  strings: (v) => isList(v, (item) => typeof item === 'string'),
  tensor: (v) => typeof v === 'object' && v !== null && 'dims' in v,
  graph: (v) => typeof v === 'object' && v !== null && 'nodes' in v,
}

function attributeProblems(node: Node): string[] {
  return Object.entries(node.attributes).flatMap(([key, a]) => {
    if (!Object.hasOwn(kindChecks, a.kind))
      return [`${node.op} ${node.name}: attribute ${key} has kind ${a.kind}`]
    return kindChecks[a.kind](a.value)
      ? []
      : [`${node.op} ${node.name}: attribute ${key} is not a valid ${a.kind}`]
  })
}

/** Walks one graph in order and keeps what is defined so far. */
class Verifier {
  readonly problems: string[] = []
  readonly #defined: Set<string>

  constructor(outer: ReadonlySet<string>) {
    this.#defined = new Set(outer)
  }

  define(name: string, by: string): void {
    if (this.#defined.has(name)) this.problems.push(`the tensor ${name} is defined twice, again by ${by}`)
    this.#defined.add(name)
  }

  need(name: string, by: string): void {
    if (!this.#defined.has(name)) this.problems.push(`${by} reads ${name}, which nothing before it defines`)
  }

  node(node: Node): void {
    const by = `${node.op} ${node.name}`
    for (const name of node.inputs) if (name !== '') this.need(name, by)
    for (const inner of subgraphs(node)) this.problems.push(...findProblems(inner, this.#defined))
    for (const name of node.outputs) if (name !== '') this.define(name, by)
    if (!node.outputs.some((name) => name !== '')) this.problems.push(`${by} has no outputs`)
    if (node.op === '') this.problems.push(`node ${node.name} has no operator`)
    this.problems.push(...attributeProblems(node))
  }
}

/**
 * Everything that is wrong with a graph: tensors defined twice (single assignment), read before they are defined or
 * never, node names used twice, outputs that nothing defines, data that does not fit its axes, unknown attribute
 * kinds. Empty where the graph is sound. `outer` holds the tensors of the graphs around a subgraph.
 */
export function findProblems(graph: Graph, outer: ReadonlySet<string> = new Set()): string[] {
  const verifier = new Verifier(outer)
  for (const input of graph.inputs) verifier.define(input.name, 'a graph input')
  for (const [name, constant] of graph.initializers) {
    verifier.define(name, 'an initializer')
    const problem = constantProblem(name, constant)
    if (problem) verifier.problems.push(problem)
  }
  const names = new Set<string>()
  for (const node of graph.nodes) {
    if (names.has(node.name)) verifier.problems.push(`two nodes have the name ${node.name}`)
    names.add(node.name)
    verifier.node(node)
  }
  const outputs = new Set<string>()
  for (const { name } of graph.outputs) {
    if (outputs.has(name)) verifier.problems.push(`two graph outputs have the name ${name}`)
    outputs.add(name)
    verifier.need(name, 'a graph output')
  }
  return verifier.problems
}

/** Throws one `model-invalid` error that lists every problem of {@link findProblems}. Run between passes. */
export function verify(model: Model): void {
  const problems = findProblems(model.graph)
  for (const node of model.graph.nodes) {
    if (!Object.hasOwn(model.opsets, node.domain)) {
      problems.push(`${node.op} ${node.name}: no operator set for the domain ${JSON.stringify(node.domain)}`)
    }
  }
  if (problems.length > 0) throw invalidModel(problems)
}
