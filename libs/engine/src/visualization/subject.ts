import {
  type CollectedLayer,
  type CompositeTask,
  compositeTask,
  decodeComposite,
  type FeatureVisualizationManifest,
  ProblemError,
  problemAt,
  queryPointer,
  type ReferenceMode,
  type ScopeTask,
} from '@crp-serve/contracts'
import { mergesBatchNorm } from '@crp-serve/lrp'
import type { Workshop } from '../attribution/attribute.ts'
import { compositeSpec } from '../attribution/composite-spec.ts'
import { LayerNames } from '../attribution/layer-names.ts'
import { isOfModel, type ModelRecord, preparationOf, startOf } from '../models/record.ts'
import type { DescribedLayer } from '../tools/describe.ts'
import { type DatasetItems, hasOutputs, type OpenItems } from './items.ts'
import { checkCollected } from './rankings.ts'
import { layerOf, type Runs } from './runs.ts'
import type { PictureShelf } from './shelf.ts'

/** A model with the folder of its content. */
export interface OwnedModel {
  readonly record: ModelRecord
  readonly content: string
}

/** What references are made with. */
export interface Studio {
  readonly shop: Workshop
  readonly runs: Runs
  readonly shelf: PictureShelf
  readonly openItems: OpenItems
  /** @throws ProblemError `unknown-model` */
  model(name: string): Promise<OwnedModel>
}

/** A run with what it is about. */
export interface Subject extends OwnedModel {
  readonly manifest: FeatureVisualizationManifest
  readonly items: DatasetItems
  readonly composite: CompositeTask
}

/** A ranking of a run with its layer. */
export interface RankedLayer {
  readonly layer: CollectedLayer
  /** The same layer in the model. */
  readonly described: DescribedLayer
  readonly mode: ReferenceMode
  readonly target: number | null
}

const outdated = (manifest: FeatureVisualizationManifest, what: string) =>
  new ProblemError(
    'feature-visualization-outdated',
    `The ${what} is another than the feature visualization ${manifest.id} was collected with; collect it again.`,
    { details: { model: manifest.model, dataset: manifest.dataset } },
  )

const classNamesOf = ({ metadata }: ModelRecord): readonly string[] => metadata.labels ?? []

/**
 * What a run is about: its model and data set, which must be those that it was made with.
 * @throws ProblemError `unknown-model`, `unknown-dataset`, `feature-visualization-outdated`
 */
export async function subjectOf(
  { model, openItems }: Pick<Studio, 'model' | 'openItems'>,
  manifest: FeatureVisualizationManifest,
): Promise<Subject> {
  const owned = await model(manifest.model)
  if (!isOfModel(owned.record, manifest))
    throw outdated(manifest, `model ${manifest.model}, or its preprocessing or output,`)
  const items = await openItems(manifest.dataset, classNamesOf(owned.record))
  const known = manifest.dataset_fingerprint
  if (known !== null && items.fingerprint !== known) throw outdated(manifest, `data set ${manifest.dataset}`)
  if (!hasOutputs(items, manifest))
    throw outdated(manifest, `output of ${manifest.model} that a class of ${manifest.dataset} stands for`)
  return { ...owned, manifest, items, composite: compositeTask(decodeComposite(manifest.composite)) }
}

/** The run that a query names, or the newest finished one of its model. */
export async function findRun({ runs, model }: Studio, scope: ScopeTask) {
  const pointer = queryPointer('feature_visualization')
  if (scope.run === null) return await runs.newest((await model(scope.model!)).record, queryPointer('model'))
  const manifest = await runs.get(scope.run, pointer)
  if (scope.model === null || scope.model === manifest.model) return manifest
  const detail = `the feature visualization ${scope.run} is of the model ${manifest.model}`
  throw problemAt('unknown-feature-visualization', pointer, detail)
}

/** The layers of a model as the composite of a run has it. */
export async function describedLayers(
  { catalogue }: Pick<Workshop, 'catalogue'>,
  { record, content, composite }: Pick<Subject, 'record' | 'content' | 'composite'>,
): Promise<readonly DescribedLayer[]> {
  const merges = mergesBatchNorm(compositeSpec(composite))
  const preparation = preparationOf(record, content, merges, record.inspection.nominalSize)
  return (await catalogue.describe(preparation, startOf(record))).layers
}

/**
 * The ranking that a query is about; its layer may go by any of its names.
 * @throws ProblemError `unknown-layer`, `mode-not-collected`, `target-not-collected`
 */
export async function rankedLayer(
  { shop }: Pick<Studio, 'shop'>,
  subject: Subject,
  name: string,
  { mode, target }: Pick<RankedLayer, 'mode' | 'target'>,
): Promise<RankedLayer> {
  const pointer = queryPointer('layer')
  checkCollected(subject.manifest, { mode, target })
  const described = new LayerNames(await describedLayers(shop, subject)).get(name, pointer)
  return { layer: layerOf(subject.manifest, described.name, pointer), described, mode, target }
}

/** @throws ProblemError `channel-out-of-range` */
export function checkConcepts({ layer }: RankedLayer, concepts: readonly number[]): void {
  const wrong = concepts.find((concept) => concept >= layer.concepts)
  if (wrong === undefined) return
  const detail = `is ${wrong}, but ${layer.name} has ${layer.concepts} channels: 0 to ${layer.concepts - 1}`
  const { code, message, errors } = problemAt('channel-out-of-range', queryPointer('concept'), detail)
  throw new ProblemError(code, message, {
    errors,
    details: { index: wrong, minimum: 0, maximum: layer.concepts - 1 },
  })
}
