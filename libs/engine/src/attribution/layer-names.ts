import { nearest, nearestNames, problemAt } from '@crp-serve/contracts'
import type { DescribedLayer } from '../tools/describe.ts'

/** Finds layers by any of their names, without the model that they belong to. */
export class LayerNames {
  readonly #names: readonly string[]
  readonly #byName: ReadonlyMap<string, DescribedLayer>
  readonly #byAlias = new Map<string, DescribedLayer[]>()

  constructor(layers: readonly DescribedLayer[]) {
    this.#names = layers.map(({ name }) => name)
    this.#byName = new Map([...layers].reverse().map((layer) => [layer.name, layer]))
    for (const layer of layers) {
      for (const alias of layer.aliases) {
        this.#byAlias.set(alias, [...(this.#byAlias.get(alias) ?? []), layer])
      }
    }
  }

  /**
   * The layer of that name, or of that alias if only one has it.
   * @param here JSON pointer of the name in the request
   * @throws ProblemError `unknown-layer` with the nearest names, or with all that an ambiguous one stands for
   */
  get(name: string, here: string): DescribedLayer {
    const named = this.#byName.get(name)
    if (named) return named
    const [only, ...others] = this.#byAlias.get(name) ?? []
    if (only === undefined) {
      const near = this.#nearest(name)
      const detail = `the model has no layer ${JSON.stringify(name)}${nearestNames(near)}`
      throw problemAt('unknown-layer', here, detail, near)
    }
    if (others.length === 0) return only
    const meant = [only, ...others].map((layer) => layer.name)
    throw problemAt(
      'unknown-layer',
      here,
      `${JSON.stringify(name)} stands for ${meant.length} layers: ${meant.join(', ')}`,
      meant,
    )
  }

  /** Names that look like a wrong one; where none does, the first ones, as an example of what names look like. */
  #nearest(name: string): string[] {
    const near = nearest(name, this.#names, 5)
    return near.length > 0 ? near : this.#names.slice(0, 5)
  }
}
