import type { ModelInfo } from '@crp-serve/runtime'
import type { CompiledPlan, PlanSpec } from '../tools/compile.ts'
import type { SamplingPlan, SamplingSpec } from '../tools/compile-sampling.ts'
import type { ModelDescription } from '../tools/describe.ts'
import { planHash } from '../tools/plan-files.ts'
import { type Preparation, preparationKey } from '../tools/prepared.ts'
import type { Tools } from '../tools/tools.ts'

/** Descriptions and plans that the service's own process keeps. */
const limits = { descriptions: 64, plans: 1024 } as const

/** A map of promises, least recently used first out; what fails is not kept. */
class Recent<T> {
  readonly #limit: number
  readonly #entries = new Map<string, Promise<T>>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: string, make: () => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key) ?? make()
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.catch(() => this.#entries.get(key) === entry && this.#entries.delete(key))
    if (this.#entries.size > this.#limit) this.#entries.delete(this.#entries.keys().next().value!)
    return entry
  }

  deleteBelow(prefix: string): void {
    for (const key of [...this.#entries.keys()]) if (key.startsWith(prefix)) this.#entries.delete(key)
  }
}

/**
 * What is known of prepared models and compiled plans, asked of the tools once. The key of a plan is a hash of all that
 * it is made from; the graphs themselves lie beside the prepared model, so that plans outlive this process.
 */
export class Catalogue {
  readonly #tools: Tools
  readonly #descriptions = new Recent<ModelDescription>(limits.descriptions)
  readonly #plans = new Recent<CompiledPlan>(limits.plans)
  readonly #samplings = new Recent<SamplingPlan>(limits.descriptions)
  readonly #prepared = new Recent<string>(limits.descriptions)
  readonly #outputs = new Recent<readonly string[]>(limits.descriptions)

  constructor(tools: Tools) {
    this.#tools = tools
  }

  /** Path of the forward pass of a prepared model. */
  prediction(preparation: Preparation): Promise<string> {
    return this.#prepared.get(`${preparationKey(preparation)}/`, () => this.#tools.prepare(preparation))
  }

  /** Names of the outputs of a forward pass at a path, which a session of it knows. */
  outputs(path: string, describe: () => Promise<ModelInfo>): Promise<readonly string[]> {
    return this.#outputs.get(path, async () => (await describe()).outputs.map(({ name }) => name))
  }

  /** A prepared model's layers and start. Throws `model-not-supported`, `input-size-wrong`, `shape-mismatch`. */
  describe(preparation: Preparation, start: 'logits' | 'output'): Promise<ModelDescription> {
    const key = `${preparationKey(preparation)}/${start}`
    return this.#descriptions.get(key, () => this.#tools.describe(preparation, start))
  }

  /** A compiled plan. Throws what `compile` throws. */
  plan(preparation: Preparation, spec: PlanSpec): Promise<CompiledPlan> {
    const key = `${preparationKey(preparation)}/${planHash(spec)}`
    return this.#plans.get(key, () => this.#tools.compile(preparation, spec))
  }

  /** A compiled plan of a feature visualization. Throws what `compileSampling` throws. */
  sampling(preparation: Preparation, spec: SamplingSpec): Promise<SamplingPlan> {
    const key = `${preparationKey(preparation)}/${planHash(spec)}`
    return this.#samplings.get(key, () => this.#tools.compileSampling(preparation, spec))
  }

  /** Forgets what is known of a content, which is gone or damaged. */
  forget(content: string): void {
    this.#descriptions.deleteBelow(content)
    this.#plans.deleteBelow(content)
    this.#samplings.deleteBelow(content)
    this.#prepared.deleteBelow(content)
    this.#outputs.deleteBelow(content)
  }
}
