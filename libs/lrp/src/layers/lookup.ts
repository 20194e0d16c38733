import { LrpError } from '../errors.ts'
import type { Layer } from './layer.ts'

/** Edit distance (Levenshtein) of two short strings. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

/** Finds layers by any of their names. */
export class LayerLookup {
  readonly layers: readonly Layer[]
  readonly #byName = new Map<string, Layer>()
  readonly #byAlias = new Map<string, Layer[]>()

  constructor(layers: readonly Layer[]) {
    this.layers = layers
    for (const layer of layers) {
      if (!this.#byName.has(layer.name)) this.#byName.set(layer.name, layer)
      for (const alias of layer.aliases)
        this.#byAlias.set(alias, [...(this.#byAlias.get(alias) ?? []), layer])
    }
  }

  /** The layer of that name. Throws `unknown-layer` with the nearest names, also where an alias is ambiguous. */
  get(name: string): Layer {
    const named = this.#byName.get(name)
    if (named) return named
    const candidates = this.#byAlias.get(name) ?? []
    if (candidates.length === 1) return candidates[0]!
    if (candidates.length > 1) {
      const suggestions = candidates.map((layer) => layer.name)
      throw new LrpError('unknown-layer', `the name "${name}" stands for ${candidates.length} layers`, {
        layer: name,
        suggestions,
      })
    }
    const suggestions = this.#nearest(name)
    throw new LrpError(
      'unknown-layer',
      `the model has no layer "${name}"; nearest: ${suggestions.join(', ')}`,
      {
        layer: name,
        suggestions,
      },
    )
  }

  #nearest(name: string): readonly string[] {
    const known = this.layers.map((layer) => layer.name)
    return known
      .map((other) => ({ other, far: distance(name, other) }))
      .sort((a, b) => a.far - b.far)
      .slice(0, 5)
      .map(({ other }) => other)
  }
}
