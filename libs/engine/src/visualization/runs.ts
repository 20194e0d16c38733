import {
  FeatureVisualizationManifest,
  manifestVersion,
  matches,
  nearest,
  nearestNames,
  ProblemError,
  problemAt,
  visualizationManifestKey,
} from '@crp-serve/contracts'
import type { ObjectInfo, ObjectStore } from '@crp-serve/storage'
import { isOfModel, type ModelRecord } from '../models/record.ts'
import { runPrefix } from './layout.ts'

/** A short object per finished run, below the name of its model and sorted by time, so that the newest is found. */
const indexPrefix = (model: string): string => `feature-visualization-index/${model}/`

const timeOf = (createdAt: string): string => new Date(createdAt).toISOString().replace(/\D/g, '')

const indexKey = ({ model, created_at, id }: FeatureVisualizationManifest): string =>
  `${indexPrefix(model)}${timeOf(created_at)}_${encodeURIComponent(id)}`

const runOf = (key: string): string =>
  decodeURIComponent(key.slice(key.indexOf('_', key.lastIndexOf('/')) + 1))

/** Manifests that are kept in memory. */
const keptManifests = 64

const isMissing = (error: unknown): boolean => (error as { code?: unknown }).code === 'object-not-found'

/** An object, or null where there is none. */
export async function getIfPresent(store: ObjectStore, key: string): Promise<Uint8Array | null> {
  try {
    return await store.get(key)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** All objects below a prefix. */
export async function objectsBelow(store: ObjectStore, prefix: string): Promise<ObjectInfo[]> {
  const objects: ObjectInfo[] = []
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await store.list(prefix, cursor === undefined ? {} : { cursor })
    objects.push(...page.objects)
    cursor = page.cursor
    more = cursor !== undefined
  }
  return objects
}

/** All keys below a prefix. */
export const keysBelow = async (store: ObjectStore, prefix: string): Promise<string[]> =>
  (await objectsBelow(store, prefix)).map(({ key }) => key)

/**
 * Makes a run visible: everything else of it must be in the store before. Calling it again changes nothing. The entry of
 * the index comes first; an entry without a manifest is passed over.
 */
export async function publishRun(store: ObjectStore, manifest: FeatureVisualizationManifest): Promise<void> {
  await store.put(indexKey(manifest), new Uint8Array())
  await store.put(
    visualizationManifestKey(manifest.id),
    Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`),
  )
}

function parsed(id: string, bytes: Uint8Array): FeatureVisualizationManifest {
  const value = JSON.parse(Buffer.from(bytes).toString()) as { readonly version?: unknown }
  if (matches(FeatureVisualizationManifest, value)) return value
  const reason = value.version === manifestVersion ? 'is damaged' : `has the version ${value.version}`
  throw new ProblemError(
    'feature-visualization-invalid',
    `The manifest of the feature visualization ${id} ${reason}; collect it again.`,
  )
}

/** Finished feature visualizations in the object store. A manifest never changes, so that it is read once. */
export class Runs {
  readonly store: ObjectStore
  readonly #known = new Map<string, FeatureVisualizationManifest>()

  constructor(store: ObjectStore) {
    this.store = store
  }

  /**
   * The manifest of a run.
   * @param pointer where its id stands in the request
   * @throws ProblemError `unknown-feature-visualization`, `feature-visualization-unfinished` with the id of its job
   */
  async get(id: string, pointer = ''): Promise<FeatureVisualizationManifest> {
    const found = await this.#read(id)
    if (found) return found
    if (await this.#isBegun(id)) {
      const detail = `the feature visualization ${id} is not finished; follow its job at /v1/jobs/${id}`
      throw withDetails(problemAt('feature-visualization-unfinished', pointer, detail), { job: id })
    }
    throw problemAt('unknown-feature-visualization', pointer, `there is no feature visualization ${id}`)
  }

  /**
   * The newest finished run of a model as it is now.
   * @throws ProblemError `unknown-feature-visualization`
   */
  async newest(record: ModelRecord, pointer = ''): Promise<FeatureVisualizationManifest> {
    const { name } = record
    const entries = await keysBelow(this.store, indexPrefix(name))
    for (const key of entries.reverse()) {
      const manifest = await this.#read(runOf(key))
      if (manifest && isOfModel(record, manifest)) return manifest
    }
    const detail = `the model ${name} has no finished feature visualization as it is registered now; POST /v1/feature-visualizations starts one`
    throw problemAt('unknown-feature-visualization', pointer, detail)
  }

  /** Forgets what is known of a run that is made anew or removed. */
  forget(id: string): void {
    this.#known.delete(id)
  }

  async #read(id: string): Promise<FeatureVisualizationManifest | null> {
    const known = this.#known.get(id)
    if (known) return known
    const bytes = isRunId(id) ? await getIfPresent(this.store, visualizationManifestKey(id)) : null
    if (!bytes) return null
    const manifest = parsed(id, bytes)
    const [oldest] = this.#known.keys()
    if (this.#known.size >= keptManifests && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(id, manifest)
    return manifest
  }

  /** Whether there are traces of a run or of its job. */
  async #isBegun(id: string): Promise<boolean> {
    if (!isRunId(id)) return false
    const pages = await Promise.all(
      [runPrefix(id), `jobs/${id}/`].map((prefix) => this.store.list(prefix, { limit: 1 })),
    )
    return pages.some(({ objects }) => objects.length > 0)
  }
}

/** Ids go into keys and addresses as they are. */
const isRunId = (id: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id)

const withDetails = (error: ProblemError, details: Readonly<Record<string, unknown>>): ProblemError =>
  new ProblemError(error.code, error.message, { errors: error.errors, details })

/** A layer of a run by its canonical name. @throws ProblemError `unknown-layer` with the layers of the run */
export function layerOf({ layers, id }: FeatureVisualizationManifest, name: string, pointer: string) {
  const found = layers.find((layer) => layer.name === name)
  if (found) return found
  const names = layers.map((layer) => layer.name)
  const like = nearest(name, names, 5)
  const near = like.length > 0 ? like : names.slice(0, 5)
  const detail = `the feature visualization ${id} did not collect the layer ${JSON.stringify(name)}${nearestNames(near)}`
  throw withDetails(problemAt('unknown-layer', pointer, detail, near), { layers: names })
}
