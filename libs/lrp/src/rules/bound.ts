import type { Emitter } from '../compile/emitter.ts'
import { LrpError } from '../errors.ts'
import type { Bound } from './rule.ts'

const mismatch = (message: string): LrpError =>
  new LrpError('rule-parameter-invalid', message, { parameter: 'low, high' })

/** Shape and values of a bound, aligned with the axes of an input of `sizes` = [C, ...]. */
function aligned(
  bound: Exclude<Bound, number>,
  sizes: readonly number[],
): { dims: number[]; data: ArrayLike<number> } {
  const trailing = sizes.slice(1).map(() => 1)
  if ('dims' in bound) {
    const dims = [...bound.dims, ...Array.from({ length: sizes.length + 1 - bound.dims.length }, () => 1)]
    const fits = dims.length === sizes.length + 1 && dims.slice(1).every((d, i) => d === 1 || d === sizes[i])
    if (!fits || dims[0] !== 1) {
      throw mismatch(`a bound of shape [${bound.dims}] does not broadcast to an input of shape [1,${sizes}]`)
    }
    return { dims, data: bound.data }
  }
  if (bound.length !== sizes[0]) {
    throw mismatch(`a bound has ${bound.length} values, the input has ${sizes[0]} channels`)
  }
  return { dims: [1, bound.length, ...trailing], data: bound }
}

/**
 * A z-box bound as a tensor of one sample, shaped like the layer's input; trailing axes may be missing
 * (semantics.md, section 3). Throws `rule-parameter-invalid` where it does not broadcast.
 */
export function boundTensor(emitter: Emitter, bound: Bound, input: string): string {
  if (typeof bound === 'number') return emitter.expandLike(emitter.scalar(bound), input)
  const { dims, data } = aligned(bound, emitter.facts.sizes(input))
  return emitter.expandLike(emitter.floats(data, dims), input)
}
