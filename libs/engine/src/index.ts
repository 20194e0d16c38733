export type { EngineConfig, WorkOptions } from './config.ts'
export type { ArchiveUpload } from './datasets/archive.ts'
export type { DatasetRegistration, DatasetService, SampleAccess } from './datasets/dataset-service.ts'
export { openItems, sampleSetOf } from './datasets/sample-set.ts'
export { type Engine, type EngineOptions, type Models, startEngine } from './engine.ts'
export type { Registration } from './models/registration.ts'
export type { ModelPage } from './models/registry.ts'
export type { Upload } from './models/upload.ts'
export type { CollectedShard, CollectOptions } from './visualization/collect.ts'
export type { CollectTask } from './visualization/collect-task.ts'
export type { Collections } from './visualization/collections.ts'
export type { RunArchive } from './visualization/export.ts'
export type { RunRegistration, RunUpload } from './visualization/import.ts'
export type { DatasetItems, OpenItems } from './visualization/items.ts'
export * from './visualization/layout.ts'
export {
  type Merged,
  type MergeOptions,
  type MergeOrder,
  mergeShards,
  removeShards,
} from './visualization/merge.ts'
export type { NamedPicture } from './visualization/references.ts'
export type { RenderReferences } from './visualization/render.ts'
export type { CollectRequest } from './visualization/resolve.ts'
export { publishRun } from './visualization/runs.ts'
export type { SampleContent, SampleRange, SampleSet } from './visualization/sample-set.ts'
export { readShardIndex, type ShardIndex, shardKey, writeShard } from './visualization/shards.ts'
export type { Visualizations } from './visualization/visualizations.ts'
