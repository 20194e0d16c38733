import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import {
  type Composite,
  compositeTask,
  decodeComposite,
  type FeatureVisualizationImport,
  type FeatureVisualizationManifest,
  manifestVersion,
  type ProblemError,
  problemAt,
} from '@crp-serve/contracts'
import { mergesBatchNorm } from '@crp-serve/lrp'
import { childEntry, obsolete, ProcessPool } from '@crp-serve/runtime'
import { compositeSpec } from '../attribution/composite-spec.ts'
import { mapConcurrently } from '../attribution/concurrently.ts'
import { ConditionResolver } from '../attribution/conditions.ts'
import { at } from '../errors.ts'
import { hasOpenSize, preparationOf, registrationHash, startOf } from '../models/record.ts'
import type { ImportHandlers } from '../tools/import-child.ts'
import type { ImportedFile, ImportedRun, ImportRequest } from '../tools/import-run.ts'
import { runPrefix } from './layout.ts'
import { hashOf } from './picture-key.ts'
import { checkTargets } from './resolve.ts'
import { publishRun } from './runs.ts'
import type { OwnedModel, Studio } from './subject.ts'

/** An archive on disk, in a folder of its own. */
export interface RunUpload {
  readonly path: string
  readonly folder: string
}

/** An imported run, and whether it is new. */
export interface RunRegistration {
  readonly created: boolean
  readonly manifest: FeatureVisualizationManifest
}

/** Files of an archive at most; ResNet50 on 1000 classes has 300 000. */
const maxEntries = 4_000_000
const defaultMaxBytes = 4 * 2 ** 30

/** Bytes of an archive, and of what it holds: as of an uploaded data set. */
export const maxArchiveBytes = ({ shop }: Pick<Studio, 'shop'>): number =>
  shop.config.maxDatasetBytes ?? defaultMaxBytes

/** Files that are put into the store at the same time. */
const writers = 8

const entry = childEntry('../tools/import-child', import.meta.url)

/** Reads an archive in a process that ends with it: its bytes are hostile. */
async function readArchive(request: ImportRequest, signal: AbortSignal | undefined): Promise<ImportedRun> {
  const pool = await ProcessPool.start<ImportHandlers>({ entry, size: 1 })
  try {
    return (await pool.request('importRun', request, { signal })).value
  } finally {
    await pool.close()
  }
}

/** What a model has that a run must fit, with the composite's rules checked on the way. */
async function described({ shop }: Studio, { record, content }: OwnedModel, composite: Composite) {
  const task = compositeTask(decodeComposite(composite))
  const spec = compositeSpec(task)
  const preparation = preparationOf(record, content, mergesBatchNorm(spec), record.inspection.nominalSize)
  await shop.tools.layers(preparation, { composite: spec, openSize: hasOpenSize(record) })
  return await shop.catalogue.describe(preparation, startOf(record))
}

const bodyOf = (pack: string, file: ImportedFile) =>
  'bytes' in file
    ? file.bytes
    : createReadStream(pack, { start: file.offset, end: file.offset + file.size - 1 })

const variantOf = ({ max_target, abs_norm }: FeatureVisualizationImport): ImportRequest['variant'] => ({
  ...(max_target ? { max_target } : {}),
  ...(typeof abs_norm === 'boolean' ? { abs_norm } : {}),
})

function manifestOf(
  { model, dataset, targets }: FeatureVisualizationImport,
  composite: Composite,
  run: ImportedRun,
  about: Pick<
    FeatureVisualizationManifest,
    'id' | 'model_sha256' | 'model_registration' | 'dataset_fingerprint' | 'dataset_outputs' | 'samples'
  >,
): FeatureVisualizationManifest {
  const { files, digest, ...collected } = run
  return {
    version: manifestVersion,
    origin: 'import',
    created_at: new Date().toISOString(),
    model,
    dataset,
    range: [0, about.samples],
    skipped: [],
    composite,
    targets: targets ?? 'label',
    ...collected,
    ...about,
  }
}

/**
 * Classes that were named are all that can have statistics.
 * @throws ProblemError `feature-visualization-invalid`
 */
function checkStatistics({ targets }: FeatureVisualizationImport, { statistics }: ImportedRun): void {
  if (!Array.isArray(targets)) return
  const other = Object.values(statistics)
    .flat()
    .find((target) => !targets.includes(target))
  if (other === undefined) return
  const detail = `does not name the class ${other}, of which the archive has statistics`
  throw problemAt('feature-visualization-invalid', '/targets', detail)
}

/**
 * Makes a run of an archived folder of zennit-crp. The same folder for the same model and data set is the same run.
 * @throws ProblemError `unknown-model`, `unknown-dataset`, errors of the composite, `feature-visualization-invalid`,
 * `body-too-large`, `cancelled`
 */
export async function importRun(
  studio: Studio,
  upload: RunUpload,
  metadata: FeatureVisualizationImport,
  signal?: AbortSignal,
): Promise<RunRegistration> {
  const { runs } = studio
  const owned = await studio.model(metadata.model).catch((error) => Promise.reject(at('/model', error)))
  const { labels } = owned.record.metadata
  const items = await studio
    .openItems(metadata.dataset, labels ?? [])
    .catch((error) => Promise.reject(at('/dataset', error)))
  const composite = metadata.composite ?? 'epsilon_plus_flat'
  const description = await described(studio, owned, composite)
  checkTargets(metadata.targets ?? 'label', new ConditionResolver(description))
  const { layers, startSizes } = description
  const pack = join(upload.folder, 'pack')
  const request = {
    archive: upload.path,
    pack,
    limits: { maxBytes: maxArchiveBytes(studio), maxEntries },
    variant: variantOf(metadata),
    layers,
    samples: items.samples,
    outputs: startSizes[0] ?? 0,
  }
  const run = await readArchive(request, signal)
  checkStatistics(metadata, run)
  const about = {
    model_sha256: owned.record.sha256,
    model_registration: registrationHash(owned.record),
    dataset_fingerprint: items.fingerprint,
    dataset_outputs: items.outputs,
    samples: items.samples,
  }
  const identity = [
    run.digest,
    metadata.model,
    metadata.dataset,
    composite,
    metadata.targets ?? 'label',
    about,
  ]
  const id = `import-${hashOf(identity).slice(0, 32)}`
  const known = await runs.get(id).catch(ifUnknown)
  if (known) return { created: false, manifest: known }
  await mapConcurrently(run.files, writers, async (file) => {
    const reason = obsolete({ signal })
    if (reason !== undefined) throw reason
    await runs.store.put(`${runPrefix(id)}${file.path}`, bodyOf(pack, file))
  })
  const manifest = manifestOf(metadata, composite, run, { id, ...about })
  await publishRun(runs.store, manifest)
  return { created: true, manifest }
}

/** A run that is not there, or that an import has begun and not finished. */
function ifUnknown(error: unknown): null {
  const { code } = error as ProblemError
  if (code === 'unknown-feature-visualization' || code === 'feature-visualization-unfinished') return null
  throw error
}
