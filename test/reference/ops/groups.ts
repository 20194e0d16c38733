import { axisOf, offsets, stridesOf } from '../tensor.ts'

/** Offsets of the elements that differ only along the given axes, one list for each group, groups in row-major order. */
export function groupsAlong(
  shape: readonly number[],
  axes: readonly number[],
): readonly (readonly number[])[] {
  const along = axes.map((axis) => axisOf(axis, shape.length))
  const strides = stridesOf(shape)
  const kept = shape.map((size, axis) => (along.includes(axis) ? 1 : size))
  const inner = shape.map((size, axis) => (along.includes(axis) ? size : 1))
  const members = [...offsets(inner, strides)]
  return [...offsets(kept, strides)].map((start) => members.map((member) => start + member))
}

/** The shape with the given axes at size one, or dropped. */
export const reducedShape = (shape: readonly number[], axes: readonly number[], keep: boolean): number[] => {
  const along = axes.map((axis) => axisOf(axis, shape.length))
  return shape.flatMap((size, axis) => (along.includes(axis) ? (keep ? [1] : []) : [size]))
}

/** The axes behind the channels. */
export const spatialAxes = (shape: readonly number[]): number[] => shape.slice(2).map((_, i) => i + 2)
