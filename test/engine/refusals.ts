import { LrpError } from '@crp-serve/lrp'
import { expect } from 'vitest'
import type { RandomLayer } from '../reference/arbitraries.ts'
import { compileTrial, type Trial } from './layer-trial.ts'

/** Layers that the engine refuses, by why it does. */
const refusals: Readonly<Record<string, (layer: RandomLayer) => boolean>> = {
  'its constant operand is not a matrix': ({ model: { graph } }) =>
    graph.nodes.some(
      (node) => node.op === 'MatMul' && (graph.initializers.get(node.inputs[1]!)?.dims.length ?? 2) !== 2,
    ),
  'is not the batch axis': ({ model, input }) => {
    const flatten = model.graph.nodes.find((node) => node.op === 'Flatten')
    const joined = input.shape.slice(1, flatten?.attributes['axis']?.value as number)
    return flatten !== undefined && joined.some((size) => size > 1)
  },
  'its last window would start in the padding (ceil_mode)': hasPhantomWindow,
}

/** Whether a pool in ceil mode leaves out a window that would start in the end padding. */
function hasPhantomWindow({ model, input }: RandomLayer): boolean {
  const pool = model.graph.nodes.find((node) => node.attributes['ceil_mode']?.value === 1)
  if (!pool) return false
  const ints = (name: string) => pool.attributes[name]?.value as readonly number[] | undefined
  const [kernel, strides, pads] = [ints('kernel_shape')!, ints('strides')!, ints('pads')!]
  return input.shape.slice(2).some((size, i) => {
    const span = (kernel[i]! - 1) * (ints('dilations')?.[i] ?? 1) + 1
    const [begin, end] = [pads[i]!, pads[i + kernel.length]!]
    const windows = Math.ceil((size + begin + end - span) / strides[i]!) + 1
    return (windows - 1) * strides[i]! >= size + begin
  })
}

/** Why the engine must refuse a layer, or undefined. */
export const refusal = (layer: RandomLayer): string | undefined =>
  Object.keys(refusals).find((reason) => refusals[reason]!(layer))

/** Checks that a layer is refused with the given reason. */
export function expectRefused(trial: Trial, reason: string): void {
  expect(() => compileTrial(trial)).toThrow(LrpError)
  expect(() => compileTrial(trial)).toThrow(reason)
}
