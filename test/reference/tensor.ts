/** Element kind: integers (shapes, axes, indices) are held as whole float64 numbers. */
export type Kind = 'float' | 'int'

/** A dense row-major tensor in float64. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float64Array
  readonly kind: Kind
}

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** A tensor over given values. Throws when their number does not fit the shape. */
export function tensor(shape: readonly number[], values: ArrayLike<number>, kind: Kind = 'float'): Tensor {
  if (values.length !== sizeOf(shape)) {
    throw new Error(`${values.length} values do not fill the shape [${shape}]`)
  }
  return { shape: [...shape], data: Float64Array.from(values), kind }
}

/** A vector of integers. */
export const integers = (values: readonly number[]): Tensor => tensor([values.length], values, 'int')

/** A tensor with one value everywhere. */
export const full = (shape: readonly number[], value: number): Tensor => ({
  shape: [...shape],
  data: new Float64Array(sizeOf(shape)).fill(value),
  kind: 'float',
})

/** A tensor of zeros. */
export const zeros = (shape: readonly number[]): Tensor => full(shape, 0)

/** A tensor of zeros with the shape of another one. */
export const zerosLike = (like: Tensor): Tensor => zeros(like.shape)

/** The same values under another shape of the same size. */
export const reshaped = (t: Tensor, shape: readonly number[]): Tensor => tensor(shape, t.data, t.kind)

/** f of every element. */
export const map = (t: Tensor, f: (value: number) => number): Tensor => ({ ...t, data: t.data.map(f) })

/** f of the elements of two tensors of the same shape. */
export function zip(a: Tensor, b: Tensor, f: (a: number, b: number) => number): Tensor {
  if (a.shape.join() !== b.shape.join()) throw new Error(`shapes [${a.shape}] and [${b.shape}] differ`)
  return { ...a, data: a.data.map((value, i) => f(value, b.data[i]!)) }
}

/** Sum of two tensors of the same shape. */
export const plus = (a: Tensor, b: Tensor): Tensor => zip(a, b, (x, y) => x + y)

/** Difference of two tensors of the same shape. */
export const minus = (a: Tensor, b: Tensor): Tensor => zip(a, b, (x, y) => x - y)

/** Element-wise product of two tensors of the same shape. */
export const times = (a: Tensor, b: Tensor): Tensor => zip(a, b, (x, y) => x * y)

/** Element-wise quotient of two tensors of the same shape. */
export const over = (a: Tensor, b: Tensor): Tensor => zip(a, b, (x, y) => x / y)

/** max(t, 0). */
export const positive = (t: Tensor): Tensor => map(t, (value) => Math.max(value, 0))

/** min(t, 0). */
export const negative = (t: Tensor): Tensor => map(t, (value) => Math.min(value, 0))

/** Distance in elements between neighbours along each axis. */
export const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))

/**
 * For every index of `shape` in row-major order, `start` plus the sum of index times stride: where the elements
 * of a view (transposed, sliced, broadcast) stand in the data of the tensor that it looks at.
 */
export function offsets(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let out = Int32Array.of(start)
  shape.forEach((size, axis) => {
    const next = new Int32Array(out.length * size)
    out.forEach((offset, j) => {
      for (let i = 0; i < size; i++) next[j * size + i] = offset + i * strides[axis]!
    })
    out = next
  })
  return out
}

/** The elements of a tensor at given offsets, as a tensor of the given shape. */
export const gathered = (t: Tensor, shape: readonly number[], at: Int32Array): Tensor => ({
  shape: [...shape],
  data: Float64Array.from(at, (offset) => t.data[offset]!),
  kind: t.kind,
})

/** The transpose of {@link gathered}: adds every element into a zero tensor of `shape` at its offset. */
export function scattered(t: Tensor, shape: readonly number[], at: Int32Array): Tensor {
  const out = zeros(shape)
  at.forEach((offset, i) => {
    out.data[offset]! += t.data[i]!
  })
  return out
}

/** The shape that two shapes broadcast to (NumPy's rule). Throws where they do not fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const m = a[axis - rank + a.length] ?? 1
    const n = b[axis - rank + b.length] ?? 1
    if (m !== n && m !== 1 && n !== 1) throw new Error(`[${a}] and [${b}] do not broadcast`)
    return m === 1 ? n : m
  })
}

/** Offsets into a tensor of shape `from` for every element of the shape `to` that it broadcasts to. */
function broadcastOffsets(from: readonly number[], to: readonly number[]): Int32Array {
  const strides = stridesOf(from)
  const lead = to.length - from.length
  return offsets(
    to,
    to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]!)),
  )
}

/** A tensor repeated along its axes of size one (and new leading ones) up to `shape`. */
export function broadcastTo(t: Tensor, shape: readonly number[]): Tensor {
  if (broadcastShape(t.shape, shape).join() !== shape.join()) {
    throw new Error(`[${t.shape}] does not broadcast to [${shape}]`)
  }
  return t.shape.join() === shape.join() ? t : gathered(t, shape, broadcastOffsets(t.shape, shape))
}

/** The transpose of {@link broadcastTo}: sums over the axes that were repeated. */
export const sumTo = (t: Tensor, shape: readonly number[]): Tensor =>
  t.shape.join() === shape.join() ? t : scattered(t, shape, broadcastOffsets(shape, t.shape))

/** Offsets of the permuted view of a tensor of the given shape. */
const permutation = (shape: readonly number[], axes: readonly number[]): Int32Array =>
  offsets(
    axes.map((axis) => shape[axis]!),
    axes.map((axis) => stridesOf(shape)[axis]!),
  )

/** Axes in a new order: axis i of the result is axis axes[i] of the tensor. */
export const permuted = (t: Tensor, axes: readonly number[]): Tensor =>
  gathered(
    t,
    axes.map((axis) => t.shape[axis]!),
    permutation(t.shape, axes),
  )

/** The last two axes swapped. */
export function swapped(t: Tensor): Tensor {
  const rank = t.shape.length
  return permuted(t, [...Array(rank - 2).keys(), rank - 1, rank - 2])
}

/** A negative axis counted from the end. */
export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)
