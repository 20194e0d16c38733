import type { Emitter } from '../compile/emitter.ts'
import { LrpError } from '../errors.ts'
import type { Bound, BoundTensor, LinearRule } from './rule.ts'

/** The lower and the upper bound of a rule that has them (`z_box`), or null. */
export function boundsOf({ terms }: LinearRule): readonly [low: Bound, high: Bound] | null {
  const inputs = terms.flatMap(({ branches }) => branches.map(({ input }) => input))
  const [low, high] = inputs.flatMap((input) => (typeof input === 'object' ? [input.bound] : []))
  return low !== undefined && high !== undefined ? [low, high] : null
}

/** A bound with as many axes as an input of `sizes` = [C, ...]; trailing axes may be missing (semantics.md, section 3). */
function aligned(bound: Bound, sizes: readonly number[]): BoundTensor {
  const rank = sizes.length + 1
  if (typeof bound === 'number') return { dims: Array.from({ length: rank }, () => 1), data: [bound] }
  const { dims, data } = 'dims' in bound ? bound : { dims: [1, bound.length], data: bound }
  return { dims: [...dims, ...Array.from({ length: rank - dims.length }, () => 1)], data }
}

function misshapen(bound: Bound, sizes: readonly number[]): string | null {
  if (typeof bound === 'number') return null
  if (!('dims' in bound)) {
    if (bound.length === sizes[0]) return null
    return `has ${bound.length} values, but the input has ${sizes[0]} channels`
  }
  const { dims } = aligned(bound, sizes)
  const fits = dims.length === sizes.length + 1 && dims[0]! > 0
  if (fits && dims.slice(1).every((dim, i) => dim === 1 || dim === sizes[i])) return null
  return `of shape [${bound.dims.join(', ')}] does not broadcast to the input [N, ${sizes.join(', ')}]`
}

/** The value of a tensor at a position of a larger shape that it broadcasts to. */
function valueAt({ dims, data }: BoundTensor, position: readonly number[]): number {
  return data[dims.reduce((flat, dim, axis) => flat * dim + (dim === 1 ? 0 : position[axis]!), 0)]!
}

/** The first position of a shape at which one bound is above the other, or null. */
function crossing(low: BoundTensor, high: BoundTensor): string | null {
  const shape = low.dims.map((dim, axis) => Math.max(dim, high.dims[axis]!))
  // Rows that only one of them has are cut.
  if (low.dims[0]! > 1 && high.dims[0]! > 1) shape[0] = Math.min(low.dims[0]!, high.dims[0]!)
  const position = shape.map(() => 0)
  const next = (axis: number): boolean => {
    if (axis < 0) return false
    position[axis]! += 1
    if (position[axis]! < shape[axis]!) return true
    position[axis] = 0
    return next(axis - 1)
  }
  do {
    const [l, h] = [valueAt(low, position), valueAt(high, position)]
    if (l > h) return `the lower bound ${l} is above the upper bound ${h} at [${position.join(', ')}]`
  } while (next(shape.length - 1))
  return null
}

const invalid = (parameter: 'low' | 'high', message: string): LrpError =>
  new LrpError('rule-parameter-invalid', message, { parameter }, `/${parameter}`)

/**
 * Holds the bounds of a rule against an input of `sizes` = [C, ...]. Throws `rule-parameter-invalid` where one does not
 * broadcast to it, or the lower is above the upper one.
 */
export function checkBounds(rule: LinearRule, layer: string, sizes: readonly number[]): void {
  const bounds = boundsOf(rule)
  if (!bounds) return
  for (const [i, parameter] of (['low', 'high'] as const).entries()) {
    const reason = misshapen(bounds[i]!, sizes)
    if (reason) throw invalid(parameter, `the bound ${parameter} of the layer ${layer} ${reason}`)
  }
  const crossed = crossing(aligned(bounds[0], sizes), aligned(bounds[1], sizes))
  if (crossed) throw invalid('low', crossed)
}

/**
 * A z-box bound as a tensor of one sample, shaped like the layer's input. A bound with several rows has one for each
 * sample: it becomes an input of the graph.
 */
export function boundTensor(emitter: Emitter, bound: Bound, input: string): string {
  if (typeof bound === 'number') return emitter.expandLike(emitter.scalar(bound), input)
  const { dims, data } = aligned(bound, emitter.facts.sizes(input))
  const tensor = dims[0] === 1 ? emitter.floats(data, dims) : emitter.perSample(bound, { dims, data })
  return emitter.expandLike(tensor, input)
}
