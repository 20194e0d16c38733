import type { Attribute, AttributeValues, Constant, Node } from './types.ts'

type Kind = keyof AttributeValues

function read<K extends Kind>(node: Node, name: string, kind: K): AttributeValues[K] | undefined {
  const attribute = node.attributes[name]
  if (attribute === undefined) return undefined
  if (attribute.kind === kind) return attribute.value as AttributeValues[K]
  throw new Error(`${node.op} ${node.name}: attribute ${name} is ${attribute.kind}, expected ${kind}`)
}

/** Integer attribute of a node, or the default of the operator's specification. Throws when it has another kind. */
export const int = (node: Node, name: string, otherwise: number): number =>
  read(node, name, 'int') ?? otherwise

/** Float attribute of a node, or the default of the operator's specification. Throws when it has another kind. */
export const float = (node: Node, name: string, otherwise: number): number =>
  read(node, name, 'float') ?? otherwise

/** String attribute of a node, or the default of the operator's specification. Throws when it has another kind. */
export const string = (node: Node, name: string, otherwise: string): string =>
  read(node, name, 'string') ?? otherwise

/** Integer list attribute; undefined where the node does not carry it. Throws when it has another kind. */
export const ints = (node: Node, name: string): readonly number[] | undefined => read(node, name, 'ints')

/** Tensor attribute; undefined where the node does not carry it. Throws when it has another kind. */
export const tensor = (node: Node, name: string): Constant | undefined => read(node, name, 'tensor')

/** A plain value as an attribute: integers become `int(s)`; wrap floats with {@link floatAttribute}. */
export type PlainAttribute = number | string | readonly number[] | Attribute

/** The attribute for a plain value: whole numbers are ints, strings are strings, other kinds pass through. */
export function toAttribute(value: PlainAttribute): Attribute {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { kind: 'int', value } : { kind: 'float', value }
  }
  if (typeof value === 'string') return { kind: 'string', value }
  return 'kind' in value ? value : { kind: 'ints', value }
}

/** A float attribute even where the value is whole (Gemm's alpha = 1). */
export const floatAttribute = (value: number): Attribute => ({ kind: 'float', value })
