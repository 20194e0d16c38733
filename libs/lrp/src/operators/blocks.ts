import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { Layer } from '../layers/layer.ts'
import { keepsSign } from './operands.ts'
import type { Operator } from './operator.ts'
import { rearrange } from './structural.ts'

/** Moves blocks of space into channels with the block's position counting fastest (PyTorch's pixel_unshuffle). */
function channelMajor(e: Emitter, layer: Layer, x: string, block: number): string {
  const [channels, height, width] = e.facts.sizes(layer.output) as [number, number, number]
  const cut = e.op('Reshape', [x, e.ints([-1, channels, height / block, block, width / block, block])])
  return e.reshapeLike(e.op('Transpose', [cut], { perm: [0, 1, 3, 5, 2, 4] }), layer.inputs[0]!)
}

const blockOf = (layer: Layer): number => attributes.int(layer.node, 'blocksize', 1)

/** DepthToSpace in both orders (pixel shuffle): the inverse rearrangement. */
export const depthToSpace: Operator = {
  op: 'DepthToSpace',
  type: () => null,
  gradient: (e, layer, r) => [
    rearrange(r, (x) =>
      attributes.string(layer.node, 'mode', 'DCR') === 'CRD'
        ? channelMajor(e, layer, x, blockOf(layer))
        : e.op('SpaceToDepth', [x], { blocksize: blockOf(layer) }),
    ),
  ],
  nonNegative: keepsSign,
}

/** SpaceToDepth: the inverse rearrangement. */
export const spaceToDepth: Operator = {
  op: 'SpaceToDepth',
  type: () => null,
  gradient: (e, layer, r) => [
    rearrange(r, (x) => e.op('DepthToSpace', [x], { blocksize: blockOf(layer), mode: 'DCR' })),
  ],
  nonNegative: keepsSign,
}
