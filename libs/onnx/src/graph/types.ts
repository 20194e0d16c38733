/**
 * The intermediate representation of an ONNX graph: plain, frozen-by-type data that mirrors the ONNX IR
 * specification (https://onnx.ai/onnx/repo-docs/IR.html). Passes take a graph and return a new one.
 */

/** Element types of tensors that this project reads and writes, named as NumPy names them. */
export type DataType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string'

/** Where the little-endian, row-major bytes of a constant are: in memory, or in a file beside the model. */
export type TensorBytes =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'external'; readonly location: string; readonly offset: number; readonly length: number }

/** A constant tensor: an initializer or a tensor attribute. `dims` is empty for a scalar. */
export interface Constant {
  readonly dataType: DataType
  readonly dims: readonly number[]
  readonly data: TensorBytes
}

/** The value of each kind of node attribute. Integers are exact up to 2^53; larger ones are refused by the reader. */
export interface AttributeValues {
  readonly int: number
  readonly float: number
  readonly string: string
  readonly tensor: Constant
  readonly ints: readonly number[]
  readonly floats: readonly number[]
  readonly strings: readonly string[]
  readonly graph: Graph
}

/** A node attribute with its ONNX kind. */
export type Attribute = {
  [K in keyof AttributeValues]: { readonly kind: K; readonly value: AttributeValues[K] }
}[keyof AttributeValues]

/** One operator call. Tensors are referred to by name; an absent optional input or output is the empty name. */
export interface Node {
  readonly name: string
  readonly op: string
  /** The operator set: '' is the default ONNX domain. */
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
  /** `metadata_props` of the node; exporters keep module paths here. */
  readonly metadata: Readonly<Record<string, string>>
}

/** A declared dimension: fixed, named (`batch`, `N`), or unknown (null). */
export type DeclaredDim = number | string | null

/** A graph input or output as the model declares it. */
export interface ValueInfo {
  readonly name: string
  readonly dataType: DataType
  /** null where the model declares no shape. */
  readonly shape: readonly DeclaredDim[] | null
}

/** A graph: nodes in topological order, initializers by tensor name. */
export interface Graph {
  readonly name: string
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  readonly nodes: readonly Node[]
  readonly initializers: ReadonlyMap<string, Constant>
}

/** A model: a graph and the versions that its operators are read with. */
export interface Model {
  readonly irVersion: number
  readonly producer: string
  /** Operator set versions by domain; '' is the default ONNX domain. */
  readonly opsets: Readonly<Record<string, number>>
  readonly graph: Graph
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * A dimension once the input size is known: a number, or a whole multiple of the symbolic batch size N
 * (`{ batch: 1 }` is N itself, `{ batch: 49 }` appears where positions are folded into the batch).
 */
export type Dim = number | { readonly batch: number }

/** Type and shape of a tensor for a given input size with a symbolic batch axis. */
export interface TensorType {
  readonly dataType: DataType
  readonly shape: readonly Dim[]
}
