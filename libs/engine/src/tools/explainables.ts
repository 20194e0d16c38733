import type { Explainable } from '@crp-serve/lrp'
import { loadExplainable, type Preparation, preparationKey } from './prepared.ts'

/** The analysed models that one tool process keeps, least recently used first out. */
export class Explainables {
  readonly #limit: number
  readonly #kept = new Map<string, Explainable>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Keys of what is kept. */
  keys(): readonly string[] {
    return [...this.#kept.keys()]
  }

  /** The analysed model of a preparation. Throws `model-not-supported` and what else reading and analysing throw. */
  async get(preparation: Preparation): Promise<Explainable> {
    const key = preparationKey(preparation)
    const kept = this.#kept.get(key) ?? (await loadExplainable(preparation))
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    if (this.#kept.size > this.#limit) this.#kept.delete(this.#kept.keys().next().value!)
    return kept
  }

  /** Forgets the models below a folder. */
  evict(folder: string): void {
    for (const key of this.keys()) if (key.startsWith(`${folder}/`)) this.#kept.delete(key)
  }
}
