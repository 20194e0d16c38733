import { type NodeProblem, OnnxError, unsupportedNodes } from '../errors.ts'
import { elementCount, toNumbers } from '../graph/constants.ts'
import type { Constant, DataType, Dim, Graph, Model, Node, TensorType } from '../graph/types.ts'
import { InferenceFailure, type Inferred, NodeContext } from './context.ts'
import { countOf, type Element, formatShape } from './dims.ts'
import { maxKnown } from './elements.ts'
import { type InputSizes, inputTypes } from './inputs.ts'
import { shapeFunctions } from './table.ts'

/** Options of {@link inferTypes}. */
export interface InferOptions {
  /**
   * 'symbolic' (the default): the first axis of every input is the batch size N, whatever the model declares.
   * 'declared': a declared fixed first axis stays fixed; a free one is N.
   */
  readonly batch?: 'symbolic' | 'declared'
  /** 'throw' (the default): one error for all nodes whose types can not be told. 'collect': they are returned. */
  readonly unknown?: 'throw' | 'collect'
  /** The most elements that a tensor may have for one batch entry; 2^31 - 1 by default. */
  readonly maxElements?: number
}

/** What {@link inferTypes} tells. */
export interface InferredTypes {
  /** Type of every tensor: graph inputs, initializers and the outputs of nodes that could be told. */
  readonly types: ReadonlyMap<string, TensorType>
  /**
   * Elements, row-major, of tensors that are known before run time: integers and bools, and floats that nodes make
   * of known elements (a bias filled with zeros). Bools are 0 and 1. Float initializers are not listed.
   */
  readonly values: ReadonlyMap<string, readonly Dim[]>
  /** Nodes whose types can not be told; empty unless `unknown` is 'collect'. Nodes behind them are left out. */
  readonly unknown: readonly NodeProblem[]
}

/** Numbers of these types are followed; halves and 64-bit unsigned integers are never part of shapes. */
const followed: ReadonlySet<DataType> = new Set([
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'uint16',
  'uint32',
  'bool',
])
const followedFloats: ReadonlySet<DataType> = new Set(['float32', 'float64'])
/** Float constants are followed for scales and sizes only: weights are not read. */
const maxFloats = 64

function elementsOfConstant(constant: Constant): readonly number[] | undefined {
  const limit = followed.has(constant.dataType)
    ? maxKnown
    : followedFloats.has(constant.dataType)
      ? maxFloats
      : -1
  const readable = constant.data.kind === 'inline' && elementCount(constant.dims) <= limit
  return readable ? Array.from(toNumbers(constant)) : undefined
}

/** The most elements that are followed in the whole graph: a hostile graph could make no end of them. */
const maxFollowed = 4_000_000
/** Tensors up to this size, such as shapes and axes, are followed beyond that. */
const maxSmall = 256

/** Goes through the nodes in order and keeps what is known so far. */
class Inference {
  readonly types = new Map<string, TensorType>()
  readonly unknown: NodeProblem[] = []
  /** Whether something failed that this project does not support, and not the model's own shapes. */
  unsupported = false
  readonly #elements = new Map<string, readonly Element[]>()
  readonly #graph: Graph
  readonly #opsets: Readonly<Record<string, number>>
  readonly #maxElements: number
  #followed = 0

  constructor(model: Model, maxElements: number) {
    this.#graph = model.graph
    this.#opsets = model.opsets
    this.#maxElements = maxElements
  }

  run(inputs: ReadonlyMap<string, TensorType>): void {
    for (const [name, type] of inputs) this.types.set(name, type)
    for (const [name, constant] of this.#graph.initializers) {
      this.types.set(name, { dataType: constant.dataType, shape: constant.dims })
    }
    for (const node of this.#graph.nodes) if (this.#ready(node)) this.#infer(node)
  }

  /** Elements that are known throughout. */
  values(): ReadonlyMap<string, readonly Dim[]> {
    const values = new Map<string, readonly Dim[]>()
    for (const [name, { dataType }] of this.types) {
      const listed = followed.has(dataType) || !this.#graph.initializers.has(name)
      const elements = listed ? this.#elementsOf(name) : undefined
      if (elements?.every((e) => e !== null)) values.set(name, elements)
    }
    return values
  }

  #ready(node: Node): boolean {
    return node.inputs.every((name) => name === '' || this.types.has(name))
  }

  #infer(node: Node): void {
    const outputs = this.#attempt(node)
    for (const [i, name] of node.outputs.entries()) {
      const output = outputs?.[i]
      if (name === '' || output === undefined) continue
      this.types.set(name, { dataType: output.dataType, shape: output.shape })
      if (output.elements) this.#follow(name, output.elements)
    }
  }

  #attempt(node: Node): readonly Inferred[] | undefined {
    try {
      const f = node.domain === '' ? shapeFunctions.get(node.op) : undefined
      if (f === undefined) throw new InferenceFailure('the operator is not supported', true)
      const outputs = f(
        new NodeContext(
          node,
          this.#opsets[''] ?? 0,
          (t) => this.types.get(t),
          (t) => this.#elementsOf(t),
        ),
      )
      this.#check(node, outputs)
      return outputs
    } catch (error) {
      if (!(error instanceof InferenceFailure)) throw error
      this.unsupported ||= error.unsupported
      this.unknown.push({ node: node.name, op: node.op, reason: error.message })
      return undefined
    }
  }

  #check(node: Node, outputs: readonly Inferred[]): void {
    for (const [i, name] of node.outputs.entries()) {
      if (name === '') continue
      const output = outputs[i]
      if (output === undefined) throw new InferenceFailure(`its output ${i} is not supported`, true)
      const { times } = countOf(output.shape)
      if (!(times >= 0)) throw new InferenceFailure(`it gives a shape of ${formatShape(output.shape)}`, false)
      if (times > this.#maxElements) {
        const shape = formatShape(output.shape)
        throw new InferenceFailure(`it gives ${shape}, more than ${this.#maxElements} elements`, true)
      }
    }
  }

  #elementsOf(name: string): readonly Element[] | undefined {
    const known = this.#elements.get(name)
    const constant = this.#graph.initializers.get(name)
    if (known) return this.#isAffordable(known.length) ? known : undefined
    if (constant === undefined || !this.#isAffordable(elementCount(constant.dims))) return undefined
    const elements = elementsOfConstant(constant)
    if (elements) this.#follow(name, elements)
    return elements
  }

  #follow(name: string, elements: readonly Element[]): void {
    if (!this.#isAffordable(elements.length)) return
    this.#followed += elements.length
    this.#elements.set(name, elements)
  }

  #isAffordable(count: number): boolean {
    return count <= maxSmall || this.#followed <= maxFollowed
  }
}

function failure(inference: Inference): OnnxError {
  if (inference.unsupported) return unsupportedNodes(inference.unknown)
  const list = inference.unknown.map((n) => `${n.op} ${n.node} (${n.reason})`).join('; ')
  return new OnnxError('shape-mismatch', `the shapes do not fit: ${list}`, { nodes: inference.unknown })
}

/**
 * Type and shape of every tensor for a given input size, with the batch size N kept symbolic, and the elements of
 * the tensors that follow from it (partial evaluation of shape arithmetic).
 *
 * `inputSizes` gives, by input name, the sizes of the axes behind the batch axis; inputs with fixed axes need none.
 *
 * Throws {@link OnnxError}: `input-size-needed`, `input-size-wrong`, `model-not-supported` with all nodes whose types
 * can not be told, or `shape-mismatch` with all nodes that refuse their input shapes.
 */
export function inferTypes(
  model: Model,
  inputSizes: InputSizes = {},
  options: InferOptions = {},
): InferredTypes {
  const inference = new Inference(model, options.maxElements ?? 2 ** 31 - 1)
  inference.run(inputTypes(model.graph.inputs, inputSizes, options.batch ?? 'symbolic'))
  if (inference.unknown.length > 0 && options.unknown !== 'collect') throw failure(inference)
  return { types: inference.types, values: inference.values(), unknown: inference.unknown }
}
