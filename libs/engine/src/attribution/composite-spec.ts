import { type BinaryTensor, type CompositeName, type CompositeTask, valuesOf } from '@crp-serve/contracts'
import type { CompositeSpec } from '@crp-serve/lrp'

const isTensor = (value: object): value is BinaryTensor => 'data' in value && value.data instanceof Uint8Array

/** Tensors (bounds of z-box) as the rules take them; everything else as it is. */
function converted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(converted)
  if (isTensor(value)) return { dims: value.shape, data: valuesOf(value).map(Number) }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, converted(item)]))
}

/** A composite of a request as libs/lrp reads it. */
export const compositeSpec = (task: CompositeTask | CompositeName): CompositeSpec =>
  converted(task) as CompositeSpec
