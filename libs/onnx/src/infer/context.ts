import { elementCount } from '../graph/constants.ts'
import type { DataType, Dim, Node, TensorType } from '../graph/types.ts'
import { type Element, isFixed } from './dims.ts'
import type { Known } from './elements.ts'

/** Type of an output, and its elements where they are followed at compile time. */
export interface Inferred extends TensorType {
  readonly elements?: readonly Element[] | undefined
}

/** Types of a node's outputs, in order; outputs that the node does not have may be listed and are ignored. */
export type ShapeFunction = (node: NodeContext) => readonly Inferred[]

/** Why the types of a node's outputs can not be told. */
export class InferenceFailure extends Error {
  /** Whether this project can not tell (as against shapes that the operator refuses). */
  readonly unsupported: boolean

  constructor(reason: string, unsupported: boolean) {
    super(reason)
    this.unsupported = unsupported
  }
}

/** What a shape function sees of its node. */
export class NodeContext {
  readonly node: Node
  /** Version of the operator set of the node's domain. */
  readonly opset: number
  readonly #typeOf: (tensor: string) => TensorType | undefined
  readonly #elementsOf: (tensor: string) => readonly Element[] | undefined

  constructor(
    node: Node,
    opset: number,
    typeOf: (tensor: string) => TensorType | undefined,
    elementsOf: (tensor: string) => readonly Element[] | undefined,
  ) {
    this.node = node
    this.opset = opset
    this.#typeOf = typeOf
    this.#elementsOf = elementsOf
  }

  /** Whether input i is given. */
  has(i: number): boolean {
    return (this.node.inputs[i] ?? '') !== ''
  }

  /** Type of input i, which has to be there. */
  input(i: number): TensorType {
    const type = this.#typeOf(this.node.inputs[i] ?? '')
    return type ?? this.fail(`input ${i} is missing`)
  }

  shape(i: number): readonly Dim[] {
    return this.input(i).shape
  }

  dataType(i: number): DataType {
    return this.input(i).dataType
  }

  /** Input i with its elements, where all axes are fixed and the elements are followed. */
  known(i: number): Known | undefined {
    if (!this.has(i)) return undefined
    const elements = this.#elementsOf(this.node.inputs[i]!)
    const { shape } = this.input(i)
    return elements && shape.every(isFixed) ? { elements, shape } : undefined
  }

  /** Elements of input i, batch multiples included. Fails where one is not known before run time. */
  dims(i: number, what: string): readonly Dim[] {
    const elements = this.known(i)?.elements
    const dims = elements?.filter((e) => e !== null)
    if (dims === undefined || dims.length !== elements?.length)
      return this.cannot(`${what} is known at run time only`)
    return dims
  }

  /** Elements of input i as plain numbers. Fails where one is not known or depends on the batch. */
  numbers(i: number, what: string): readonly number[] {
    return this.dims(i, what).map((d) => this.fixed(d, what))
  }

  /** A dimension that must not depend on the batch. */
  fixed(d: Dim, what: string): number {
    return isFixed(d) ? d : this.cannot(`${what} depends on the batch size`)
  }

  /** An axis counted from the front. Fails where it is out of range. */
  axis(axis: number, rank: number): number {
    if (axis < -rank || axis >= rank) this.fail(`axis ${axis} is out of range for ${rank} axes`)
    return axis < 0 ? axis + rank : axis
  }

  /** The operator does not accept these shapes or parameters. */
  fail(reason: string): never {
    throw new InferenceFailure(reason, false)
  }

  /** The operator may accept it, but the types can not be told before run time. */
  cannot(reason: string): never {
    throw new InferenceFailure(reason, true)
  }
}

/** A type whose elements are known; the elements are dropped where they do not fill the shape. */
export function withElements(type: TensorType, elements: readonly Element[] | undefined): Inferred {
  const fits =
    elements && type.shape.every(isFixed) && elementCount(type.shape as number[]) === elements.length
  return fits ? { ...type, elements } : type
}
