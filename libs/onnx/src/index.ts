export type { ExternalFiles } from './codec/external.ts'
export {
  type ExternalizeOptions,
  externalizeWeights,
  type WeightChunk,
  writeWeights,
} from './codec/externalize.ts'
export { defaultLimits, type ReadLimits } from './codec/limits.ts'
export { type ReadOptions, readModel, supportedIrVersions, supportedOpsets } from './codec/read-model.ts'
export { writeModel, writeModelParts } from './codec/write-model.ts'
export { type NodeProblem, OnnxError, type OnnxErrorCode } from './errors.ts'
export * as attributes from './graph/attributes.ts'
export { floatAttribute, type PlainAttribute, toAttribute } from './graph/attributes.ts'
export { GraphBuilder } from './graph/builder.ts'
export * as constants from './graph/constants.ts'
export { sortNodes } from './graph/sort.ts'
export * from './graph/types.ts'
export { consumers, producers, reads, renameReads, subgraphs } from './graph/uses.ts'
export * as dims from './infer/dims.ts'
export { type InferOptions, type InferredTypes, inferTypes } from './infer/infer-types.ts'
export type { InputSizes } from './infer/inputs.ts'
export { shapeFunctions } from './infer/table.ts'
export {
  isFunctionalPool,
  type ModuleNodes,
  type ModulePaths,
  moduleClass,
  modulePaths,
  modulesOf,
} from './names/module-paths.ts'
export { hasBatchElsewhere, moveBatchFirst } from './passes/batch-first/batch-first.ts'
export { dump } from './passes/dump.ts'
export { extract, prune } from './passes/extract.ts'
export { foldConstants } from './passes/fold-constants.ts'
export { inlineConditionals } from './passes/inline-conditionals.ts'
export { lowerEinsum } from './passes/lower-einsum.ts'
export { lowerGatherNd } from './passes/lower-gather-nd.ts'
export { baseOpset, upgradeOpset } from './passes/upgrade-opset.ts'
export { findProblems, verify } from './passes/verify.ts'
