/** What a model file may hold at most: a hostile file must not exhaust memory or time while it is read. */
export interface ReadLimits {
  /** Protobuf messages in the whole file: nodes, attributes, tensors, metadata entries. */
  readonly messages: number
  /** Numbers that are stored one by one as 64-bit integers (dims, `ints`, `int64_data`). */
  readonly integers: number
  /** Numbers that are stored one by one in other typed fields (`float_data`, `int32_data`, ...). */
  readonly numbers: number
  /** Messages inside messages; a subgraph costs three levels. */
  readonly depth: number
  /** UTF-8 bytes of one string. */
  readonly stringBytes: number
  /** Nodes of the graph with its subgraphs. */
  readonly nodes: number
  /** Axes of one tensor. */
  readonly rank: number
}

/** Limits that every model of the usual size keeps by orders of magnitude; raw weight bytes do not count. */
export const defaultLimits: ReadLimits = {
  messages: 2_000_000,
  integers: 4_000_000,
  numbers: 64_000_000,
  depth: 48,
  stringBytes: 1 << 20,
  nodes: 100_000,
  rank: 32,
}
