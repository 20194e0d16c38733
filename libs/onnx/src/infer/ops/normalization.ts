import { int } from '../../graph/attributes.ts'
import type { ShapeFunction } from '../context.ts'

const same: ShapeFunction = (c) => [c.input(0)]

/** Dropout and its mask. */
const dropout: ShapeFunction = (c) => [c.input(0), { dataType: 'bool', shape: c.shape(0) }]

/** The further outputs of the training mode are the running statistics. */
const batchNormalization: ShapeFunction = (c) => {
  const [x, mean, variance] = [c.input(0), c.input(3), c.input(4)]
  return [x, mean, variance]
}

/** LayerNormalization with the mean and the inverse deviation, whose normalized axes have size 1. */
const layerNormalization: ShapeFunction = (c) => {
  const { shape, dataType } = c.input(0)
  const axis = c.axis(int(c.node, 'axis', -1), shape.length)
  const statistic = { dataType, shape: shape.map((d, i) => (i < axis ? d : 1)) }
  return [c.input(0), statistic, statistic]
}

/** Normalizations and other operators that keep the shape and look beyond one element. */
export const normalization: Readonly<Record<string, ShapeFunction>> = {
  BatchNormalization: batchNormalization,
  CumSum: same,
  Dropout: dropout,
  GroupNormalization: same,
  InstanceNormalization: same,
  LRN: same,
  LayerNormalization: layerNormalization,
  LpNormalization: same,
  MeanVarianceNormalization: same,
  Trilu: same,
}
