import { visualizationManifestKey } from '@crp-serve/contracts'
import type { ObjectInfo, ObjectStore } from '@crp-serve/storage'
import { mapConcurrently } from '../attribution/concurrently.ts'
import { picturesPrefix } from './picture-key.ts'
import { objectsBelow } from './runs.ts'

const defaultMaxBytes = 2 ** 30

/** Share of the bound that is put down between two looks at all pictures of a run. */
const lookEvery = 1 / 16

/** Pictures that are removed at the same time. */
const removedAtOnce = 8

const isMissing = (error: unknown): boolean => (error as { code?: unknown }).code === 'object-not-found'

/**
 * Keeps the pictures of runs in the store. Those that requests have drawn are bounded for every run: the oldest go first,
 * and are drawn again when somebody asks for them. Those that the job of a run has drawn were there before its manifest,
 * and stay.
 */
export class PictureShelf {
  readonly #store: ObjectStore
  readonly #maxBytes: number
  /** Bytes that were put down by this process since its last look, by run. */
  readonly #since = new Map<string, number>()

  /** @param maxBytes of the pictures of a run that requests have drawn */
  constructor(store: ObjectStore, maxBytes: number = defaultMaxBytes) {
    this.#store = store
    this.#maxBytes = maxBytes
  }

  /** Puts a picture of a run into the store, unless it is there. */
  async put(run: string, key: string, png: Uint8Array): Promise<void> {
    if (!(await this.#store.putIfAbsent(key, png))) return
    const since = (this.#since.get(run) ?? Number.POSITIVE_INFINITY) + png.length
    const isDue = since >= this.#maxBytes * lookEvery
    this.#since.set(run, isDue ? 0 : since)
    if (isDue) await this.#clear(run)
  }

  /** Removes what is too much, with room for what is put down until the next look. */
  async #clear(run: string): Promise<void> {
    const drawn = await this.#drawnSince(run)
    const youngest = drawn.toSorted((a, b) => b.modified.getTime() - a.modified.getTime())
    let bytes = 0
    const tooMany = youngest.filter(({ size }) => {
      bytes += size
      return bytes > this.#maxBytes * (1 - lookEvery)
    })
    await mapConcurrently(tooMany, removedAtOnce, ({ key }) => this.#store.delete(key))
  }

  /** The pictures that were drawn since a run was finished; none of one that is not. */
  async #drawnSince(run: string): Promise<ObjectInfo[]> {
    try {
      const { modified } = await this.#store.head(visualizationManifestKey(run))
      const all = await objectsBelow(this.#store, picturesPrefix(run))
      return all.filter((picture) => picture.modified > modified)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }
}
