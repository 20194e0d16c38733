import { elementCount } from '../graph/constants.ts'
import type { Element } from './dims.ts'

/** A tensor whose elements are followed at compile time: row-major elements and fixed axes. */
export interface Known {
  readonly elements: readonly Element[]
  readonly shape: readonly number[]
}

/** The most elements of a tensor that are followed at compile time. */
export const maxKnown = 65_536

function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!
  return strides
}

/** Positions of a shape in row-major order. The same array is given each time, changed. */
function* positions(shape: readonly number[]): Generator<readonly number[]> {
  const at = shape.map(() => 0)
  const count = elementCount(shape)
  for (let n = 0; n < count; n++) {
    yield at
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]! += 1
      if (at[axis]! < shape[axis]!) break
      at[axis] = 0
    }
  }
}

/** The tensor of shape `shape` whose element at each position is `source`'s element at `from(position)`. */
export function rearrange(
  source: Known,
  shape: readonly number[],
  from: (position: readonly number[]) => readonly number[],
): readonly Element[] | undefined {
  if (elementCount(shape) > maxKnown) return undefined
  const strides = stridesOf(source.shape)
  const at = (position: readonly number[]): number =>
    position.reduce((n, p, axis) => n + p * strides[axis]!, 0)
  const elements: Element[] = []
  for (const position of positions(shape)) elements.push(source.elements[at(from(position))] ?? null)
  return elements
}

/** The tensor broadcast to a shape (ONNX multidirectional broadcasting). */
export function broadcastTo(source: Known, shape: readonly number[]): readonly Element[] | undefined {
  if (elementCount(shape) > maxKnown) return undefined
  if (source.elements.length === 1) return new Array(elementCount(shape)).fill(source.elements[0])
  if (source.shape.join() === shape.join()) return source.elements
  const lead = shape.length - source.shape.length
  return rearrange(source, shape, (position) =>
    source.shape.map((size, axis) => (size === 1 ? 0 : position[axis + lead]!)),
  )
}
