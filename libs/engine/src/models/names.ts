import type { ObjectStore } from '@crp-serve/storage'
import type { ModelRecord } from './record.ts'

const prefix = 'model-names/'
const suffix = '.json'
const keyOf = (name: string): string => `${prefix}${name}${suffix}`
const nameOf = (key: string): string => key.slice(prefix.length, -suffix.length)

/** How long a name in a store elsewhere is believed without looking again: a model that is deleted is gone after that. */
const believedMs = 1000

/** Records that are kept in memory. */
const mostBelieved = 256

/** A record that was read, and how long it may be used. */
interface Believed {
  readonly record: ModelRecord
  /** Of its object; '' where asking for it takes as long as reading. */
  readonly version: string
  readonly until: number
}

/** A page of records in the order of their names. */
export interface RecordPage {
  readonly records: readonly ModelRecord[]
  /** The last name of the page, where there are more. */
  readonly next?: string
}

/**
 * The names of models: small objects in the store that are written once, so that several workers on one store agree. What was read is
 * kept as long as it can be believed.
 */
export class ModelNames {
  readonly #store: ObjectStore
  /** Whether asking for the version of an object costs nothing. */
  readonly #local: boolean
  readonly #believed = new Map<string, Believed>()

  constructor(store: ObjectStore, local: boolean) {
    this.#store = store
    this.#local = local
  }

  /** Records that are kept in memory. */
  get kept(): number {
    return this.#believed.size
  }

  /** Gives a record its name; false where the name is taken. */
  give(record: ModelRecord): Promise<boolean> {
    return this.#store.putIfAbsent(keyOf(record.name), Buffer.from(JSON.stringify(record)))
  }

  async take(name: string): Promise<void> {
    await this.#store.delete(keyOf(name))
    this.#believed.delete(name)
  }

  /** Believes a name no longer. */
  doubt(name: string): void {
    this.#believed.delete(name)
  }

  /** The record of a name, as it is or was a moment ago; null where there is none. */
  async read(name: string): Promise<ModelRecord | null> {
    const version = this.#local ? await this.#version(name) : ''
    const known = this.#believed.get(name)
    if (known?.version === version && known.until > Date.now()) return known.record
    const record = version === null ? null : await this.look(name)
    this.#believed.delete(name)
    if (version !== null && record !== null) this.#believe(name, record, version)
    return record
  }

  /** The record of a name as it is now; null where there is none. */
  look(name: string): Promise<ModelRecord | null> {
    const bytes = this.#store.get(keyOf(name))
    return orNull(bytes.then((read) => JSON.parse(Buffer.from(read).toString()) as ModelRecord))
  }

  /** @param after the last name of the page before */
  async page(limit?: number, after?: string): Promise<RecordPage> {
    const { objects, cursor } = await this.#store.list(prefix, {
      ...(limit === undefined ? {} : { limit }),
      ...(after === undefined ? {} : { cursor: keyOf(after) }),
    })
    const found = await Promise.all(objects.map(({ key }) => this.look(nameOf(key))))
    const records = found.filter((record) => record !== null)
    return cursor === undefined ? { records } : { records, next: nameOf(cursor) }
  }

  /** The first names in their order, as many as a page of the store holds. */
  async first(): Promise<string[]> {
    const { objects } = await this.#store.list(prefix)
    return objects.map(({ key }) => nameOf(key))
  }

  /** Whether a content has a name. */
  async hasContent(sha256: string): Promise<boolean> {
    for (let after: string | undefined, more = true; more; ) {
      const { records, next } = await this.page(undefined, after)
      if (records.some((record) => record.sha256 === sha256)) return true
      after = next
      more = next !== undefined
    }
    return false
  }

  /** Those that were read first go first: another worker may have deleted them. */
  #believe(name: string, record: ModelRecord, version: string): void {
    const until = this.#local ? Number.POSITIVE_INFINITY : Date.now() + believedMs
    this.#believed.set(name, { record, version, until })
    if (this.#believed.size > mostBelieved) this.#believed.delete(this.#believed.keys().next().value!)
  }

  /** The version of the object of a name; null where there is none. */
  #version(name: string): Promise<string | null> {
    return orNull(this.#store.head(keyOf(name)).then(({ version }) => version))
  }
}

/** What is read of the store; null where it has no such object. */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if ((error as { code?: unknown }).code === 'object-not-found') return null
    throw error
  }
}
