import {
  type Assigned,
  type CompositeSpec,
  type Explainable,
  type Layer,
  LrpError,
  rulesFor,
} from '@crp-serve/lrp'

/**
 * The rule of every layer under a composite. Errors get a JSON pointer into the request.
 * @throws `unknown-layer`, `rule-parameter-invalid`, `rule-not-applicable`
 */
export function locatedRules(explainable: Explainable, spec: CompositeSpec): ReadonlyMap<Layer, Assigned> {
  try {
    return rulesFor(explainable, spec)
  } catch (error) {
    if (error instanceof LrpError) Object.assign(error, { pointer: `/composite${error.place}` })
    throw error
  }
}
