export {
  AttributionGraph,
  type Decomposition,
  type GraphEdge,
  type GraphNode,
  type GraphPlan,
  graphCondition,
  graphStart,
  nodeKey,
} from './attribution-graph.ts'
export {
  inputTimesGradient,
  integratedGradients,
  type Noise,
  seededNoise,
  smoothGrad,
} from './attributors/gradients.ts'
export { type Extents, type Occlusion, occlusion, slidingWindows } from './attributors/occlusion.ts'
export type {
  AttributedSample,
  AttributorPasses,
  Filling,
  RelevancePasses,
  ScorePasses,
} from './attributors/passes.ts'
export { normals } from './attributors/random.ts'
export { startTotal } from './attributors/score.ts'
export {
  absNormalized,
  type ConceptOptions,
  type ConceptRelevance,
  concepts,
  greatest,
} from './concepts.ts'
export { type Conservation, conservationOf, conserves } from './conserving.ts'
export { basisTensor, DirectionError, directionSelection, spanBasis } from './directions.ts'
export {
  constantStart,
  type ElementSelection,
  type FloatTensor,
  maskTensor,
  type Selection,
  type StartSelection,
  startSelection,
  type Targets,
} from './masks.ts'
export {
  LayerMaxima,
  type MaximaOptions,
  mergeMaxima,
  type RankedMaxima,
} from './maximization/layer-maxima.ts'
export { type RankedSamples, type SampledConcepts, TopSamples } from './maximization/top-samples.ts'
export { type Region, regionShares } from './regions.ts'
export { type Batch, type BatchLimits, batches, groupRows, type Pairing, planRows, type Row } from './rows.ts'
export { type TargetScore, type TargetValues, type TopTargetsOptions, topTargets } from './statistics.ts'
export { balanceBound, remarked, type Trust, trustOf } from './trust.ts'
export { nearestInputs, upstreamOf, type WiredLayer } from './wiring.ts'
