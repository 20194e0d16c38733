import type {
  CollectedLayer,
  CollectedTargets,
  CompositeTask,
  MaxTarget,
  ReferenceMode,
} from '@crp-serve/contracts'

/** What a feature visualization collects of every sample: resolved, so that any worker does the same. */
export interface CollectTask {
  readonly model: string
  /** The model must still be this one. */
  readonly model_sha256: string
  readonly composite: CompositeTask
  readonly layers: readonly CollectedLayer[]
  readonly modes: readonly ReferenceMode[]
  readonly max_target: MaxTarget
  readonly abs_norm: boolean
  readonly top_k: number
  readonly targets: CollectedTargets
  readonly statistics: boolean
}
