export type { Refusal } from './canonizers/merge-batch-norm.ts'
export { type CompiledAttribution, compileAttribution } from './compile/compile.ts'
export { multipliesTokens, predictionModel } from './compile/forward.ts'
export type {
  AttributionPlan,
  CompiledInputs,
  CompiledOutputs,
  MaxTarget,
  Rules,
  SampledChannels,
  Sampling,
  StartMode,
} from './compile/plan.ts'
export { type Part, splitByInputs } from './compile/split.ts'
export { type Assigned, assignRules, type Composite } from './composites/composite.ts'
export { type CompositeName, compositeNames } from './composites/named.ts'
export { type CompositeSpec, compositeFrom, mergesBatchNorm } from './composites/spec.ts'
export { LrpError, type UnsupportedNode, unsupportedError } from './errors.ts'
export {
  analyse,
  type CanonizeOptions,
  canonize,
  type Explainable,
  layersBelow,
  probabilityNode,
  startLayer,
} from './explainable.ts'
export type { Layer, LayerType } from './layers/layer.ts'
export { LayerLookup } from './layers/lookup.ts'
export type { Rule, RuleName } from './rules/rule.ts'
export { rulesFor } from './rules-for.ts'
