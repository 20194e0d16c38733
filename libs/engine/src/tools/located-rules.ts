import { type Assigned, type CompositeSpec, type Explainable, type Layer, rulesFor } from '@crp-serve/lrp'

type Explicit = Exclude<CompositeSpec, string | { readonly name: unknown }>

interface Fault {
  readonly code?: unknown
  readonly details?: { readonly parameter?: unknown }
}

const blamable: readonly unknown[] = ['unknown-layer', 'rule-parameter-invalid', 'rule-not-applicable']

const isExplicit = (spec: CompositeSpec): spec is Explicit => typeof spec === 'object' && !('name' in spec)

/** The error that a composite gives, or null. */
function faultOf(explainable: Explainable, spec: CompositeSpec): Fault | null {
  try {
    rulesFor(explainable, spec)
    return null
  } catch (error) {
    return error as Fault
  }
}

/** JSON pointer of what is wrong inside one entry or one named composite. */
const inside = ({ code, details }: Fault, at: { readonly rule: string; readonly name: string }): string => {
  if (code === 'unknown-layer') return at.name
  return typeof details?.parameter === 'string' ? `${at.rule}/${details.parameter}` : at.rule
}

/** The pointer of the one entry, or the base, that gives the same error by itself. */
function pointerTo(explainable: Explainable, spec: Explicit, fault: Fault): string | undefined {
  for (const list of ['first', 'layers'] as const) {
    for (const [i, entry] of (spec[list] ?? []).entries()) {
      const own = faultOf(explainable, { ...spec, first: [], layers: [], base: null, [list]: [entry] })
      if (own && own.code === fault.code)
        return inside(own, { rule: `/${list}/${i}/rule`, name: `/${list}/${i}/match/name` })
    }
  }
  const own = spec.base ? faultOf(explainable, spec.base) : null
  return own && own.code === fault.code ? inside(own, { rule: '/base', name: '/base' }) : undefined
}

/**
 * The rule of every layer under a composite. Errors get a JSON pointer into the request.
 * @throws `unknown-layer`, `rule-parameter-invalid`, `rule-not-applicable`
 */
export function locatedRules(explainable: Explainable, spec: CompositeSpec): ReadonlyMap<Layer, Assigned> {
  try {
    return rulesFor(explainable, spec)
  } catch (error) {
    const fault = error as Fault
    if (!blamable.includes(fault.code)) throw error
    const below = isExplicit(spec)
      ? pointerTo(explainable, spec, fault)
      : inside(fault, { rule: '', name: '' })
    throw Object.assign(error as Error, { pointer: `/composite${below ?? ''}` })
  }
}
