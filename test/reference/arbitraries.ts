/**
 * Random one-layer models of every operator, for the tests of the reference and of the engine. With
 * `RandomLayer.kind` a test chooses which rules to try. Relevance that starts as the prediction keeps quotients
 * R / z of z-based rules tame; other starts can meet denominators near zero.
 */
export {
  attentionLayer,
  binaryLayer,
  differenceLayer,
  extremumLayer,
  gateLayer,
  selectLayer,
} from './arbitraries/arithmetic.ts'
export { curveLayer, positiveCurveLayer } from './arbitraries/functions.ts'
export { fusedActivationLayer, fusedNormalizationLayer } from './arbitraries/fused.ts'
export { describeLayer, type LayerKind, layers, type RandomLayer } from './arbitraries/layer.ts'
export {
  convLayer,
  convTransposeLayer,
  gemmLayer,
  matMulLayer,
  transposedGemmLayer,
  vectorLayer,
  wideProductLayer,
} from './arbitraries/linear.ts'
export { blockLayer, cumSumLayer, padLayer, resizeLayer, tileLayer } from './arbitraries/moves.ts'
export { averagePoolLayer, globalPoolLayer, maxPoolLayer } from './arbitraries/pool.ts'
export { lpPoolLayer, normalizationLayer, reductionLayer } from './arbitraries/statistics.ts'
export { activationLayer, batchNormLayer, shapeLayer, sumLayer } from './arbitraries/structure.ts'
export { tokenLayer, wideConvLayer } from './arbitraries/wide.ts'
