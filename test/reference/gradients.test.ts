import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  activationLayer,
  attentionLayer,
  averagePoolLayer,
  batchNormLayer,
  binaryLayer,
  blockLayer,
  convLayer,
  convTransposeLayer,
  cumSumLayer,
  curveLayer,
  describeLayer,
  differenceLayer,
  extremumLayer,
  fusedActivationLayer,
  fusedNormalizationLayer,
  gateLayer,
  gemmLayer,
  globalPoolLayer,
  lpPoolLayer,
  matMulLayer,
  maxPoolLayer,
  normalizationLayer,
  padLayer,
  positiveCurveLayer,
  type RandomLayer,
  reductionLayer,
  resizeLayer,
  selectLayer,
  shapeLayer,
  sumLayer,
  tileLayer,
  transposedGemmLayer,
} from './arbitraries.ts'
import { evaluate, outputName } from './evaluate.ts'
import { explain } from './lrp.ts'
import { type Tensor, tensor, zip } from './tensor.ts'

const layers: Record<string, fc.Arbitrary<RandomLayer>> = {
  Conv: convLayer,
  ConvTranspose: convTransposeLayer,
  Gemm: gemmLayer,
  'Gemm with transA': transposedGemmLayer,
  MatMul: matMulLayer,
  MaxPool: maxPoolLayer,
  AveragePool: averagePoolLayer,
  'global pools': globalPoolLayer,
  sums: sumLayer,
  BatchNormalization: batchNormLayer,
  activations: activationLayer,
  'operators that move values': shapeLayer,
  'functions of one number': curveLayer,
  'functions of one positive number': positiveCurveLayer,
  arithmetic: binaryLayer,
  differences: differenceLayer,
  gates: gateLayer,
  attention: attentionLayer,
  'extrema of tensors': extremumLayer,
  Where: selectLayer,
  CumSum: cumSumLayer,
  Pad: padLayer,
  Tile: tileLayer,
  'DepthToSpace, SpaceToDepth': blockLayer,
  Resize: resizeLayer,
  reductions: reductionLayer,
  LpPool: lpPoolLayer,
  normalizations: normalizationLayer,
  'activations of several nodes': fusedActivationLayer,
  'normalizations of several nodes': fusedNormalizationLayer,
}

/** The input with every two elements at least 1e-5 apart and none at zero, so that no kink is near. */
const untied = ({ input }: RandomLayer): Tensor =>
  tensor(
    input.shape,
    [...input.data].map((value, i) => Math.round(4 * value) / 4 + (i + 1) * 1e-5),
  )

const dot = (a: Tensor, b: Tensor): number => zip(a, b, (x, y) => x * y).data.reduce((sum, v) => sum + v, 0)

/** Signs that look random, different for every index and turn. */
const signs = (t: Tensor, turn: number): Tensor =>
  tensor(
    t.shape,
    [...t.data].map((_, i) => (Math.sin(12.9898 * (i + 1) + 78.233 * turn) > 0 ? 1 : -1)),
  )

/** Central difference of weights . f(x) along a direction. */
function slope(layer: RandomLayer, x: Tensor, direction: Tensor, weights: Tensor): number {
  const step = 1e-6
  const at = (h: number): number => {
    const moved = zip(x, direction, (value, d) => value + h * d)
    return dot(weights, evaluate(layer.model, moved).get(outputName(layer.model.graph))!)
  }
  return (at(step) - at(-step)) / (2 * step)
}

function checkGradient(layer: RandomLayer): void {
  const x = untied(layer)
  let weights: Tensor | undefined
  const { input } = explain(layer.model, x, {
    rules: () => null,
    startWith: (value) => {
      weights = signs(value, 0)
      return weights
    },
  })
  const size = 1 + input.data.reduce((sum, value) => sum + Math.abs(value), 0)
  for (const turn of [1, 2, 3]) {
    const direction = signs(x, turn)
    expect(Math.abs(slope(layer, x, direction, weights!) - dot(input, direction)) / size).toBeLessThan(1e-7)
  }
}

describe('the vector-Jacobian product equals the numerical derivative', () => {
  test.each(Object.entries(layers))('%s', (_, arbitrary) => {
    fc.assert(
      fc.property(
        arbitrary.map((layer) => ({ layer, [fc.toStringMethod]: () => describeLayer(layer) })),
        ({ layer }) => checkGradient(layer),
      ),
      { numRuns: 60 },
    )
  })
})
