import type { Layer, LayerType } from '../layers/layer.ts'
import type { Rule } from '../rules/rule.ts'

/** The rule of a layer, and which entry of which composite gave it. */
export interface Assigned {
  readonly rule: Rule
  readonly because: string
  /** JSON pointer, inside the composite, of what the rule was made of; null where nothing of it matched. */
  readonly place: string | null
}

/** A composite, once it has seen all layers in graph order: layer -> rule, or null where it has none. */
export type Assign = (layer: Layer) => Assigned | null

/** A composite assigns rules to the layers of a network (Montavon et al. 2019, "LRP rules by layer"). */
export type Composite = (layers: readonly Layer[]) => Assign

/** What an entry matches a layer by: one name, or a type; `any_linear` is a convolution or a linear layer. */
export type Match = { readonly layer: Layer } | { readonly type: LayerType | 'any_linear' | 'relu' }

/** One line of a composite. */
export interface Entry {
  readonly match: Match
  readonly rule: Rule
  /** JSON pointer of the rule inside the composite. */
  readonly place: string
}

const matches = (match: Match, layer: Layer): boolean => {
  if ('layer' in match) return match.layer === layer
  if (match.type === 'any_linear') return layer.type === 'convolution' || layer.type === 'linear'
  if (match.type === 'relu') return layer.node.op === 'Relu'
  return layer.type === match.type
}

const describe = (match: Match): string =>
  'layer' in match ? `name ${match.layer.name}` : `type ${match.type}`

function firstMatch(entries: readonly Entry[], layer: Layer, origin: string): Assigned | null {
  const entry = entries.find(({ match }) => matches(match, layer))
  if (!entry) return null
  return { rule: entry.rule, because: `${origin}: ${describe(entry.match)}`, place: entry.place }
}

/** The first entry that matches gives the rule. */
export const layerMap =
  (origin: string, entries: readonly Entry[]): Composite =>
  () =>
  (layer) =>
    firstMatch(entries, layer, origin)

/** Only the first layer in graph order that any entry matches gets a rule: that of the first entry that matches it. */
export const firstLayerMap =
  (origin: string, entries: readonly Entry[]): Composite =>
  (layers) => {
    const first = layers.find((layer) => entries.some(({ match }) => matches(match, layer)))
    return (layer) => (layer === first ? firstMatch(entries, layer, `${origin}, first layer`) : null)
  }

/** The first composite that has a rule for the layer gives it; every one of them sees all layers. */
export const firstOf =
  (composites: readonly Composite[]): Composite =>
  (layers) => {
    const assigns = composites.map((composite) => composite(layers))
    return (layer) => {
      for (const assign of assigns) {
        const assigned = assign(layer)
        if (assigned) return assigned
      }
      return null
    }
  }

/**
 * The rule of every layer. A layer that nothing matches gets its exact gradient; a sum gets `norm`, since the
 * gradient of an addition would double the relevance (api.md, composite object).
 */
export function assignRules(
  composite: Composite,
  layers: readonly Layer[],
  otherwise: (layer: Layer) => Assigned,
): ReadonlyMap<Layer, Assigned> {
  const assign = composite(layers)
  return new Map(layers.map((layer) => [layer, assign(layer) ?? otherwise(layer)]))
}
