import type { Dim } from '../graph/types.ts'

/** The symbolic batch size N itself. */
export const batch: Dim = { batch: 1 }

/** An element of a tensor that is followed at compile time; null where it is not known. */
export type Element = Dim | null

/** Whether a dimension does not depend on the batch. */
export const isFixed = (d: Dim): d is number => typeof d === 'number'

/** `times` multiples of the batch size; 0 is the number 0. */
export const multiple = (times: number): Dim => (times === 0 ? 0 : { batch: times })

/** Whether two dimensions are equal for every batch size. */
export const sameDim = (a: Dim, b: Dim): boolean =>
  isFixed(a) ? a === b : !isFixed(b) && a.batch === b.batch

/** Whether two shapes are equal for every batch size. */
export const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => sameDim(d, b[i]!))

/** A dimension for people: `3`, `N`, `49N`. */
export const formatDim = (d: Dim): string => (isFixed(d) ? String(d) : d.batch === 1 ? 'N' : `${d.batch}N`)

/** A shape for people: `Nx3x224x224`; `scalar` where there are no axes. */
export const formatShape = (shape: readonly Dim[]): string =>
  shape.length === 0 ? 'scalar' : shape.map(formatDim).join('x')

/** The number of a dimension for a given batch size. */
export const dimAt = (d: Dim, batchSize: number): number => (isFixed(d) ? d : d.batch * batchSize)

/** A number of elements: `times` * N ^ `power`. */
export interface Count {
  readonly times: number
  readonly power: number
}

/** The number of elements of a shape. */
export function countOf(shape: readonly Dim[]): Count {
  const times = shape.reduce<number>((n, d) => n * (isFixed(d) ? d : d.batch), 1)
  return { times, power: times === 0 ? 0 : shape.filter((d) => !isFixed(d)).length }
}

/** `total / part` where it is a whole dimension for every batch size, else null. */
export function quotient(total: Count, part: Count): Dim | null {
  const times = total.times / part.times
  if (!Number.isInteger(times)) return null
  if (total.power === part.power) return times
  return total.power === part.power + 1 ? multiple(times) : null
}

/** a + b; null where it is no multiple of the batch size. */
export function add(a: Dim, b: Dim): Element {
  if (isFixed(a)) return isFixed(b) ? a + b : a === 0 ? b : null
  if (isFixed(b)) return b === 0 ? a : null
  return multiple(a.batch + b.batch)
}

/** -a. */
export const negate = (a: Dim): Dim => (isFixed(a) ? -a : multiple(-a.batch))

/** a - b; null where it is no multiple of the batch size. */
export const subtract = (a: Dim, b: Dim): Element => add(a, negate(b))

/** a * b; null where the batch size would be squared. */
export function multiply(a: Dim, b: Dim): Element {
  if (isFixed(a)) return isFixed(b) ? a * b : multiple(a * b.batch)
  return isFixed(b) ? multiple(a.batch * b) : null
}

/** a / b cut towards zero, as integer tensors divide; null where it depends on the batch size in another way. */
export function divide(a: Dim, b: Dim): Element {
  if (isFixed(a)) return isFixed(b) ? (b === 0 ? null : Math.trunc(a / b)) : a === 0 ? 0 : null
  if (!isFixed(b)) return Math.trunc(a.batch / b.batch)
  return b !== 0 && a.batch % b === 0 ? multiple(a.batch / b) : null
}

/** a mod b with the sign of b, as the operator Mod has it for integers. */
export function modulo(a: Dim, b: Dim): Element {
  if (isFixed(a)) return isFixed(b) && b !== 0 ? a - b * Math.floor(a / b) : a === 0 ? 0 : null
  if (isFixed(b)) return b !== 0 && a.batch % b === 0 ? 0 : null
  return a.batch % b.batch === 0 ? 0 : null
}

/** The sign of a - b for every batch size of at least 1; null where it depends on it. */
export function compare(a: Dim, b: Dim): -1 | 0 | 1 | null {
  if (isFixed(a)) {
    if (isFixed(b)) return Math.sign(a - b) as -1 | 0 | 1
    const other = compare(b, a)
    return other === null ? null : ((0 - other) as -1 | 0 | 1)
  }
  if (!isFixed(b)) return Math.sign(a.batch - b.batch) as -1 | 0 | 1
  if (a.batch > 0) return a.batch > b ? 1 : null
  return a.batch < b ? -1 : null
}

/** Whether a equals b for every batch size (true), for none (false), or for some (null). */
export function equal(a: Dim, b: Dim): boolean | null {
  const order = compare(a, b)
  if (order !== null) return order === 0
  const [symbol, fixed] = isFixed(a) ? [b, a] : [a, b]
  return isFixed(symbol) || !isFixed(fixed) || fixed % symbol.batch === 0 ? null : false
}

/** The greater one; null where it depends on the batch size. */
export function maximum(a: Dim, b: Dim): Element {
  const order = atLeast(a, b)
  return order === null ? null : order ? a : b
}

/** The lesser one; null where it depends on the batch size. */
export function minimum(a: Dim, b: Dim): Element {
  const order = atLeast(a, b)
  return order === null ? null : order ? b : a
}

/** Whether a >= b for every batch size (true) or b >= a for every one (false); null otherwise. */
function atLeast(a: Dim, b: Dim): boolean | null {
  const order = compare(a, b)
  if (order !== null) return order >= 0
  if (!isFixed(a)) return a.batch === b ? a.batch > 0 : null
  return !isFixed(b) && b.batch === a ? b.batch < 0 : null
}
