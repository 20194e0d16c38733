import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { isName, nearest, nearestNames } from '@crp-serve/contracts'
import type { ObjectStore } from '@crp-serve/storage'
import { builtIndex, builtPack } from './build/build-dataset.ts'
import { codeOf, DatasetError } from './errors.ts'
import { type DatasetIndex, type DatasetSummary, readIndex } from './index-file.ts'
import { Dataset } from './read/dataset.ts'
import { type DatasetContext, type ReadFile, readerOf } from './read/reader.ts'
import {
  type DatasetRecord,
  type DatasetSource,
  indexKey,
  nameOfRecord,
  objectsPrefix,
  packKey,
  recordKey,
  recordsPrefix,
} from './record.ts'

/** A page of data sets in the order of their names. */
export interface DatasetPage {
  readonly records: readonly DatasetRecord[]
  readonly cursor?: string
}

/** A data set that is ready to get its name. */
export interface BuiltDataset {
  readonly name: string
  readonly source: DatasetSource
  readonly summary: DatasetSummary
  /** With the files that `buildDataset` wrote. */
  readonly folder: string
}

/** Indices that are kept in memory. */
const keptIndices = 8

/** Names that suggestions are taken from. */
const suggestedFrom = 1000

const sameSource = (a: DatasetSource, b: DatasetSource): boolean =>
  'upload' in a ? 'upload' in b : JSON.stringify(a) === JSON.stringify(b)

/**
 * Data sets by name, in an object store. A name is one object that is written once and last, so that racing registrations
 * and several processes agree; what belongs to it lies below `datasets/<name>/<id>/`.
 */
export class Datasets {
  readonly #context: DatasetContext
  readonly #store: ObjectStore
  readonly #indices = new Map<string, Promise<DatasetIndex>>()

  constructor(context: DatasetContext) {
    this.#context = context
    this.#store = context.store
  }

  /**
   * A data set, ready to be read.
   * @throws DatasetError `unknown-dataset`, `dataset-place-not-allowed`, `dataset-place-missing`
   */
  async open(name: string): Promise<Dataset> {
    const record = await this.record(name)
    const [index, read] = await Promise.all([this.#index(record), readerOf(record, this.#context)])
    return new Dataset(record, index, reportingDeleted(record, read))
  }

  /** What is kept under a name. Throws `unknown-dataset` with the nearest names. */
  async record(name: string): Promise<DatasetRecord> {
    const record = isName(name) ? await this.find(name) : null
    if (record !== null) return record
    const page = await this.#store.list(recordsPrefix, { limit: suggestedFrom })
    const suggestions = nearest(
      name,
      page.objects.map(({ key }) => nameOfRecord(key)),
    )
    const details = suggestions.length > 0 ? { details: { suggestions } } : {}
    const detail = `There is no data set ${JSON.stringify(name)}${nearestNames(suggestions)}.`
    throw new DatasetError('unknown-dataset', detail, details)
  }

  /** What is kept under a name that `isName`, or null. */
  async find(name: string): Promise<DatasetRecord | null> {
    try {
      return JSON.parse(Buffer.from(await this.#store.get(recordKey(name))).toString()) as DatasetRecord
    } catch (error) {
      if (codeOf(error) === 'object-not-found') return null
      throw error
    }
  }

  /** @param cursor the last name of the page before */
  async list(limit: number, cursor?: string): Promise<DatasetPage> {
    const from = cursor === undefined ? {} : { cursor: recordKey(cursor) }
    const page = await this.#store.list(recordsPrefix, { limit, ...from })
    const found = await Promise.all(page.objects.map(({ key }) => this.find(nameOfRecord(key))))
    const records = found.filter((record) => record !== null)
    return page.cursor === undefined ? { records } : { records, cursor: nameOfRecord(page.cursor) }
  }

  /**
   * Puts a data set into the store and gives it its name. The same one again is fine.
   * @returns whether the name is new
   * @throws DatasetError `dataset-name-conflict`
   */
  async publish(built: BuiltDataset): Promise<{ readonly created: boolean; readonly record: DatasetRecord }> {
    const { name, source, summary } = built
    const known = await this.find(name)
    if (known) return { created: false, record: settled(known, built) }
    const record = { name, id: randomUUID(), source, created_at: new Date().toISOString(), summary }
    try {
      await this.#store.put(indexKey(record), createReadStream(builtIndex(built.folder)))
      if ('upload' in source)
        await this.#store.put(packKey(record), createReadStream(builtPack(built.folder)))
      const created = await this.#store.putIfAbsent(recordKey(name), Buffer.from(JSON.stringify(record)))
      if (created) return { created, record }
    } catch (error) {
      await this.#removeObjects(record).catch(() => undefined)
      throw error
    }
    await this.#removeObjects(record)
    return { created: false, record: settled(await this.record(name), built) }
  }

  /** Removes a data set; files that lie in a directory or in S3 stay. Throws `unknown-dataset`. */
  async delete(name: string): Promise<void> {
    const record = await this.record(name)
    await this.#store.delete(recordKey(name))
    this.#indices.delete(indexKey(record))
    await this.#removeObjects(record)
  }

  #removeObjects(record: DatasetRecord): Promise<void> {
    return this.#store.deleteBelow(objectsPrefix(record))
  }

  #index(record: DatasetRecord): Promise<DatasetIndex> {
    const key = indexKey(record)
    const reading = this.#indices.get(key) ?? this.#readIndex(record)
    this.#indices.delete(key)
    this.#indices.set(key, reading)
    reading.catch(() => this.#indices.get(key) === reading && this.#indices.delete(key))
    if (this.#indices.size > keptIndices) this.#indices.delete(this.#indices.keys().next().value!)
    return reading
  }

  async #readIndex(record: DatasetRecord): Promise<DatasetIndex> {
    try {
      return readIndex(await this.#store.get(indexKey(record)))
    } catch (error) {
      throw codeOf(error) === 'object-not-found' ? deleted(record) : error
    }
  }
}

const deleted = ({ name }: DatasetRecord): DatasetError =>
  new DatasetError('unknown-dataset', `The data set ${JSON.stringify(name)} was deleted meanwhile.`)

const reportingDeleted =
  (record: DatasetRecord, read: ReadFile): ReadFile =>
  async (...part) => {
    try {
      return await read(...part)
    } catch (error) {
      throw codeOf(error) === 'object-not-found' ? deleted(record) : error
    }
  }

/** The answer for a name that exists: the same data set again is fine, another one is not. */
function settled(known: DatasetRecord, { source, summary }: BuiltDataset): DatasetRecord {
  const same = known.summary.fingerprint === summary.fingerprint
  if (same && known.summary.classesGiven === summary.classesGiven && sameSource(known.source, source))
    return known
  const difference = same ? 'another source or other metadata' : 'other content'
  throw new DatasetError(
    'dataset-name-conflict',
    `The name ${known.name} belongs to a data set with ${difference}; delete it or choose another name.`,
    { details: { name: known.name, fingerprint: known.summary.fingerprint } },
  )
}
