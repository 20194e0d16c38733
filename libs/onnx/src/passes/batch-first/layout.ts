import type { Dim } from '../../graph/types.ts'
import { isFixed, multiple, sameDim } from '../../infer/dims.ts'

/**
 * Where a tensor has its samples: `axis` has the size before * N * after, and its positions count as if it were three
 * axes of these sizes. The moved tensor has the samples alone on its first axis; behind it come the tensor's axes in
 * their order, with before * after in the place of `axis`, or nothing where samples have that axis for themselves.
 */
export interface Layout {
  readonly axis: number
  readonly before: number
  readonly after: number
}

/** Samples alone on the first axis: the moved tensor is the tensor itself. */
export const plain: Layout = { axis: 0, before: 1, after: 1 }

export const sameLayout = (a: Layout, b: Layout): boolean =>
  a.axis === b.axis && a.before === b.before && a.after === b.after

export const isPlain = (layout: Layout): boolean => sameLayout(layout, plain)

/** Whether the samples have their axis for themselves. */
export const isAlone = ({ before, after }: Layout): boolean => before === 1 && after === 1

/** Whether a shape depends on the batch. */
export const hasSamples = (shape: readonly Dim[]): boolean => !shape.every(isFixed)

/** Whether a shape is that of a tensor with samples alone on the first axis. */
export const isPlainShape = ([first, ...rest]: readonly Dim[]): boolean =>
  first !== undefined && sameDim(first, multiple(1)) && rest.every(isFixed)

/** Whether a shape has its samples where a layout says. */
export const fits = (layout: Layout, shape: readonly Dim[]): boolean =>
  shape.every((size, axis) =>
    axis === layout.axis ? sameDim(size, multiple(layout.before * layout.after)) : isFixed(size),
  )

/** Where the moved tensor has an axis. */
export const movedAxis = (layout: Layout, axis: number): number =>
  isAlone(layout) && axis >= layout.axis ? (axis === layout.axis ? 0 : axis) : axis + 1

/** The axes of a tensor that its moved form has behind the samples. */
export const keptAxes = (layout: Layout, rank: number): readonly number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !isAlone(layout) || axis !== layout.axis)

/** The sizes of the moved tensor behind the samples. */
export const movedSizes = (layout: Layout, shape: readonly Dim[]): readonly number[] =>
  keptAxes(layout, shape.length).map((axis) => {
    const size = shape[axis]!
    return isFixed(size) ? size : size.batch
  })

const product = (sizes: readonly Dim[]): number =>
  sizes.reduce<number>((total, size) => total * (isFixed(size) ? size : Number.NaN), 1)

/** The layout of a tensor after its elements were given other axes, or null where samples would not lie on one axis. */
export function reshaped(layout: Layout, from: readonly Dim[], to: readonly Dim[]): Layout | null {
  const axis = to.findIndex((size) => !isFixed(size))
  const size = to[axis]
  if (size === undefined || isFixed(size)) return null
  const before = (product(from.slice(0, layout.axis)) * layout.before) / product(to.slice(0, axis))
  const after = size.batch / before
  return Number.isInteger(before) && Number.isInteger(after) ? { axis, before, after } : null
}
