import { problemAt, schemaLimits } from '@crp-serve/contracts'

type Value = number | boolean

/**
 * Sizes of nested lists along their first entries.
 * @param at JSON pointer of the list
 * @throws ProblemError `tensor-malformed` where they are nested deeper than any tensor
 */
export function shapeOf(data: unknown, at: string): number[] {
  const shape: number[] = []
  for (let level = data; Array.isArray(level); level = level[0]) {
    shape.push(level.length)
    if (shape.length > schemaLimits.tensorRank)
      throw problemAt('tensor-malformed', at, `is nested deeper than ${schemaLimits.tensorRank} lists`)
  }
  return shape
}

/**
 * The values of row-major lists, nested as `shape` says.
 * @param at JSON pointer of the list
 * @throws ProblemError `tensor-malformed` where a list has another length, or a value is no number
 */
export function flattenNested(data: readonly unknown[], shape: readonly number[], at: string): Value[] {
  const values: Value[] = []
  const visit = (list: unknown, depth: number, here: string) => {
    if (depth === shape.length) values.push(valueAt(list, here))
    else if (!Array.isArray(list) || list.length !== shape[depth])
      throw problemAt(
        'tensor-malformed',
        here,
        `must be a list of ${shape[depth]} (axis ${depth} of [${shape.join(', ')}])`,
      )
    else for (let i = 0; i < list.length; i++) visit(list[i], depth + 1, `${here}/${i}`)
  }
  visit(data, 0, at)
  return values
}

/** The values of a list that is flat or nested as `shape` says. The count of a flat one is for others to check. */
export const flatten = (data: readonly unknown[], shape: readonly number[], at: string): Value[] =>
  shape.length > 1 && Array.isArray(data[0])
    ? flattenNested(data, shape, at)
    : data.map((value, i) => valueAt(value, at, i))

function valueAt(value: unknown, at: string, index?: number): Value {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  throw problemAt('tensor-malformed', index === undefined ? at : `${at}/${index}`, 'must be a number')
}

/** Flat values as lists nested as `shape` says. */
export function nest<T>(values: readonly T[], shape: readonly number[]): unknown {
  if (shape.length <= 1) return values
  const [first = 0, ...rest] = shape
  const size = rest.reduce((product, extent) => product * extent, 1)
  return Array.from({ length: first }, (_, i) => nest(values.slice(i * size, (i + 1) * size), rest))
}
