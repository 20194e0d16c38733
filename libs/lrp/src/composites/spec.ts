import { within } from '../errors.ts'
import type { LayerType } from '../layers/layer.ts'
import type { LayerLookup } from '../layers/lookup.ts'
import { type RuleSpec, ruleFrom } from '../rules/spec.ts'
import { type Composite, type Entry, firstLayerMap, firstOf, layerMap, type Match } from './composite.ts'
import { type CompositeName, type NamedCompositeSpec, namedComposite } from './named.ts'

/** One line of an explicit composite (api.md, composite object). */
export interface EntrySpec {
  readonly match: { readonly name: string } | { readonly type: LayerType | 'any_linear' }
  readonly rule: RuleSpec
}

/** An explicit composite (api.md, composite object). */
export interface ExplicitCompositeSpec {
  readonly layers?: readonly EntrySpec[] | null
  readonly first?: readonly EntrySpec[] | null
  readonly base?: CompositeName | NamedCompositeSpec | null
  readonly canonize?: { readonly merge_batch_norm?: boolean | null } | null
}

/** A composite as a request gives it: a name, a name with parameters, or an explicit one. */
export type CompositeSpec = CompositeName | NamedCompositeSpec | ExplicitCompositeSpec

const isNamed = (spec: CompositeSpec): spec is CompositeName | NamedCompositeSpec =>
  typeof spec === 'string' || 'name' in spec

const named = (spec: CompositeName | NamedCompositeSpec, place: string): Composite =>
  within(place, () => namedComposite(typeof spec === 'string' ? { name: spec } : spec, place))

const matchFrom = (match: EntrySpec['match'], lookup: LayerLookup): Match =>
  'name' in match ? { layer: lookup.get(match.name) } : match

const entriesFrom = (
  list: 'first' | 'layers',
  { [list]: specs }: ExplicitCompositeSpec,
  lookup: LayerLookup,
): readonly Entry[] =>
  (specs ?? []).map(({ match, rule }, i) => {
    const place = `/${list}/${i}/rule`
    return {
      match: within(`/${list}/${i}/match/name`, () => matchFrom(match, lookup)),
      rule: within(place, () => ruleFrom(rule)),
      place,
    }
  })

/**
 * The composite that a request asks for: `first` before `layers` before `base`, and the first match wins.
 * Throws `unknown-layer` and `rule-parameter-invalid`, with their place.
 */
export function compositeFrom(spec: CompositeSpec, lookup: LayerLookup): Composite {
  if (isNamed(spec)) return named(spec, '')
  return firstOf([
    firstLayerMap('first', entriesFrom('first', spec, lookup)),
    layerMap('layers', entriesFrom('layers', spec, lookup)),
    ...(spec.base ? [named(spec.base, '/base')] : []),
  ])
}

/** Whether batch norms are merged before rules are assigned; the default is yes. */
export const mergesBatchNorm = (spec: CompositeSpec): boolean =>
  isNamed(spec) || (spec.canonize?.merge_batch_norm ?? true)
