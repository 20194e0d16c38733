import { elementwise as elementwiseFamily } from '../../infer/ops/elementwise.ts'
import { reductions } from '../../infer/ops/reductions.ts'
import {
  batchNormalization,
  concat,
  cumSum,
  gather,
  layerNormalization,
  pad,
  reduce,
  slice,
  softmax,
  split,
} from './axes.ts'
import { elementwise } from './broadcast.ts'
import { constantOfShape, expand, reshape, shape, tile, transpose, unsqueeze } from './moves.ts'
import { gemm, matMul } from './products.ts'
import type { Rule } from './site.ts'

const each = (ops: readonly string[], rule: Rule): Readonly<Record<string, Rule>> =>
  Object.fromEntries(ops.map((op) => [op, rule]))

const reducing = Object.keys(reductions).filter((op) => op.startsWith('Reduce'))

/** Operators that move values and compute nothing. */
export const movers: readonly string[] = ['Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten']

/** How every operator works on moved tensors; others leave their tensors where they are. */
export const rules: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    ...each(Object.keys(elementwiseFamily), elementwise),
    ...each(['Cast', 'CastLike', 'Dropout'], elementwise),
    ...each(['Hardmax', 'LogSoftmax', 'Softmax'], softmax),
    ...each(reducing, reduce),
    ...each(movers, reshape),
    BatchNormalization: batchNormalization,
    Concat: concat,
    ConstantOfShape: constantOfShape,
    CumSum: cumSum,
    Expand: expand,
    Gather: gather,
    Gemm: gemm,
    LayerNormalization: layerNormalization,
    MatMul: matMul,
    Pad: pad,
    Shape: shape,
    Slice: slice,
    Split: split,
    Tile: tile,
    Transpose: transpose,
    Unsqueeze: unsqueeze,
  }),
)
