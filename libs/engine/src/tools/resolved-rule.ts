import type { AttributionResponse } from '@crp-serve/contracts'
import type { Rule, RuleName } from '@crp-serve/lrp'

type ResolvedRule = NonNullable<AttributionResponse['composite'][string]>
type LinearRule = Extract<Rule, { kind: 'linear' }>
type Stabilizer = LinearRule['stabilizer']

/** A stabilizer as requests write it: epsilon alone where nothing else is set. */
const stabilizer = ({ epsilon, normScale, clip, dim }: Stabilizer) =>
  normScale || clip || dim
    ? { epsilon, norm_scale: normScale, clip, ...(dim ? { dim: [...dim] } : {}) }
    : epsilon

const common = (rule: LinearRule) => ({
  stabilizer: stabilizer(rule.stabilizer),
  ...(rule.zeroParams.length > 0 ? { zero_params: [...rule.zeroParams] } : {}),
})

type LrpBound = Extract<LinearRule['terms'][number]['branches'][number]['input'], object>['bound']

/** A bound as requests write it. */
const bound = (value: LrpBound | undefined) =>
  typeof value === 'object' && 'dims' in value
    ? { shape: [...value.dims], datatype: 'FP32', data: Array.from(value.data) }
    : value

/** The parameters of rules that have some of their own, read off their terms. */
const parametersOf: Partial<Record<RuleName, (rule: LinearRule) => Record<string, unknown>>> = {
  epsilon: (rule) => {
    const { stabilizer: epsilon, ...rest } = common(rule)
    return { epsilon, ...rest }
  },
  gamma: (rule) => {
    const forms = rule.terms.flatMap(({ branches }) => branches.map(({ weight }) => weight))
    const favoured = forms.find((form) => typeof form === 'object')
    return { gamma: typeof favoured === 'object' ? favoured.gamma : 0, ...common(rule) }
  },
  alpha_beta: (rule) => {
    const [alpha, beta] = rule.terms.map(({ coefficient }) => coefficient)
    return { alpha, beta: beta === undefined ? 0 : -beta, ...common(rule) }
  },
  z_box: (rule) => {
    const inputs = rule.terms.flatMap(({ branches }) => branches.map(({ input }) => input))
    const [low, high] = inputs.flatMap((input) => (typeof input === 'object' ? [bound(input.bound)] : []))
    return { low, high, ...common(rule) }
  },
}

/** A rule as requests write it, with every parameter; null for the exact gradient. */
export function resolvedRule(rule: Rule): ResolvedRule | null {
  if (rule.kind === 'gradient') return null
  if (rule.kind === 'linear') {
    const parameters = (parametersOf[rule.name] ?? common)(rule)
    return { name: rule.name, ...parameters } as ResolvedRule
  }
  if (rule.kind === 'norm') return { name: 'norm', stabilizer: stabilizer(rule.stabilizer) }
  if (rule.kind === 'relu_beta_smooth') return { name: rule.kind, beta_smooth: rule.beta }
  return { name: rule.name } as ResolvedRule
}
