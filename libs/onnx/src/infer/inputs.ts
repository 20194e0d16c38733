import { OnnxError } from '../errors.ts'
import type { DeclaredDim, Dim, TensorType, ValueInfo } from '../graph/types.ts'
import { batch } from './dims.ts'

/** Sizes of the axes behind the batch axis, by input name: `{ input: [3, 224, 224] }`. */
export type InputSizes = Readonly<Record<string, readonly number[]>>

const describe = (dims: readonly DeclaredDim[] | null): string =>
  dims === null ? 'no declared shape' : `the declared shape [${dims.map((d) => d ?? '?').join(', ')}]`

function wrongSize(input: ValueInfo, size: readonly number[]): OnnxError {
  const message = `the input ${input.name} has ${describe(input.shape)}; [${size.join(', ')}] behind the batch axis does not fit`
  return new OnnxError('input-size-wrong', message, { input: input.name, declared: input.shape, size })
}

/** The axes of an input; null for an axis that nobody fixed. */
function axesOf(
  input: ValueInfo,
  size: readonly number[] | undefined,
  mode: 'symbolic' | 'declared',
): (Dim | null)[] | null {
  if (size?.some((n) => !Number.isSafeInteger(n) || n < 1)) throw wrongSize(input, size)
  if (input.shape === null) return size ? [batch, ...size] : null
  const [first, ...rest] = input.shape
  if (size && size.length !== Math.max(rest.length, 0)) throw wrongSize(input, size)
  if (first === undefined) return []
  const axes = rest.map((declared, i) => {
    const given = size?.[i] ?? null
    if (typeof declared !== 'number') return given
    if (size && given !== declared) throw wrongSize(input, size)
    return declared
  })
  return [mode === 'declared' && typeof first === 'number' ? first : batch, ...axes]
}

/**
 * Types of the graph inputs. Throws `input-size-needed` with every input that has a free axis and no size, and
 * `input-size-wrong` for a size that contradicts the model or an input that it does not have.
 */
export function inputTypes(
  inputs: readonly ValueInfo[],
  sizes: InputSizes,
  mode: 'symbolic' | 'declared',
): ReadonlyMap<string, TensorType> {
  const names = inputs.map((i) => i.name)
  const stray = Object.keys(sizes).find((name) => !names.includes(name))
  if (stray !== undefined) {
    const message = `the model has no input ${stray}; its inputs are ${names.join(', ')}`
    throw new OnnxError('input-size-wrong', message, { input: stray, inputs: names })
  }
  const types = new Map<string, TensorType>()
  const free: ValueInfo[] = []
  for (const input of inputs) {
    const size = Object.hasOwn(sizes, input.name) ? sizes[input.name] : undefined
    const axes = axesOf(input, size, mode)
    const shape = axes?.filter((d) => d !== null)
    if (shape && shape.length === axes?.length) types.set(input.name, { dataType: input.dataType, shape })
    else free.push(input)
  }
  if (free.length === 0) return types
  const list = free.map((i) => `${i.name} has ${describe(i.shape)}`).join('; ')
  throw new OnnxError('input-size-needed', `give the input size: ${list}`, {
    inputs: free.map(({ name, shape }) => ({ name, shape })),
  })
}
