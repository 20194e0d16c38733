import { LrpError } from '../errors.ts'
import * as linear from './linear-rules.ts'
import {
  type Bound,
  defaultStabilizer,
  type Parameter,
  parameters,
  type Rule,
  type RuleName,
  type Stabilizer,
} from './rule.ts'

/** A stabilizer as a request gives it: epsilon alone, or the whole object; null leaves the default. */
export type StabilizerSpec =
  | number
  | {
      readonly epsilon?: number | null
      readonly norm_scale?: boolean | null
      readonly clip?: boolean | null
      readonly dim?: readonly number[] | null
    }

/** A rule as a request gives it (api.md, composite object). Parameters that a rule does not take are refused. */
export interface RuleSpec {
  readonly name: RuleName
  readonly epsilon?: StabilizerSpec | null
  readonly stabilizer?: StabilizerSpec | null
  readonly gamma?: number | null
  readonly alpha?: number | null
  readonly beta?: number | null
  readonly low?: Bound | null
  readonly high?: Bound | null
  readonly beta_smooth?: number | null
  readonly zero_params?: readonly string[] | null
}

const invalid = (parameter: string, message: string): LrpError =>
  new LrpError('rule-parameter-invalid', message, { parameter }, `/${parameter}`)

/** The stabilizer of a request. Throws `rule-parameter-invalid` for an epsilon that is not positive. */
export function stabilizerFrom(spec: StabilizerSpec | null | undefined, parameter: string): Stabilizer {
  if (spec === null || spec === undefined) return defaultStabilizer
  const given = typeof spec === 'number' ? { epsilon: spec } : spec
  const epsilon = given.epsilon ?? defaultStabilizer.epsilon
  if (!(epsilon > 0)) throw invalid(parameter, `${parameter} must be greater than zero, it is ${epsilon}`)
  return { epsilon, normScale: given.norm_scale ?? false, clip: given.clip ?? false, dim: given.dim ?? null }
}

function zeroParams(given: readonly string[] | null | undefined): readonly Parameter[] {
  return (given ?? []).map((name) => {
    const known = parameters.find((parameter) => parameter === name)
    if (known) return known
    throw invalid('zero_params', `zero_params may hold ${parameters.join(' and ')}, not "${name}"`)
  })
}

const numberOf = (spec: RuleSpec, parameter: 'gamma' | 'alpha' | 'beta', otherwise: number): number =>
  spec[parameter] ?? otherwise

function alphaBeta(spec: RuleSpec, options: linear.LinearOptions): Rule {
  const alpha = numberOf(spec, 'alpha', 2)
  const beta = numberOf(spec, 'beta', 1)
  if (alpha < 0 || beta < 0) throw invalid('alpha', 'alpha and beta must not be negative')
  if (Math.abs(alpha - beta - 1) > 1e-9) {
    throw invalid('alpha', `alpha - beta must be 1, it is ${alpha} - ${beta} = ${alpha - beta}`)
  }
  return linear.alphaBeta(alpha, beta, options)
}

function gamma(spec: RuleSpec, options: linear.LinearOptions): Rule {
  const value = numberOf(spec, 'gamma', 0.25)
  if (value < 0) throw invalid('gamma', `gamma must not be negative, it is ${value}`)
  return linear.gamma(value, options)
}

function zBox(spec: RuleSpec, options: linear.LinearOptions): Rule {
  const { low, high } = spec
  const needed = 'z_box needs both bounds of its input, `low` and `high`: the least and the greatest value'
  if (low === null || low === undefined) throw invalid('low', needed)
  if (high === null || high === undefined) throw invalid('high', needed)
  return linear.zBox(low, high, options)
}

type Build = (spec: RuleSpec, options: linear.LinearOptions) => Rule

/** Which parameters every rule takes, and how it is made of them. */
const builders: Readonly<
  Record<RuleName, { readonly takes: readonly (keyof RuleSpec)[]; readonly build: Build }>
> = {
  epsilon: {
    takes: ['epsilon', 'zero_params'],
    build: (spec, options) =>
      linear.epsilon({ ...options, stabilizer: stabilizerFrom(spec.epsilon, 'epsilon') }),
  },
  gamma: { takes: ['gamma', 'stabilizer', 'zero_params'], build: gamma },
  z_plus: { takes: ['stabilizer', 'zero_params'], build: (_spec, options) => linear.zPlus(options) },
  alpha_beta: { takes: ['alpha', 'beta', 'stabilizer', 'zero_params'], build: alphaBeta },
  z_box: { takes: ['low', 'high', 'stabilizer', 'zero_params'], build: zBox },
  w_square: { takes: ['stabilizer', 'zero_params'], build: (_spec, options) => linear.wSquare(options) },
  flat: { takes: ['stabilizer', 'zero_params'], build: (_spec, options) => linear.flat(options) },
  norm: {
    takes: ['stabilizer'],
    build: (_spec, options) => ({ kind: 'norm', name: 'norm', stabilizer: options.stabilizer! }),
  },
  pass: { takes: [], build: () => ({ kind: 'pass', name: 'pass' }) },
  gradient: { takes: [], build: () => ({ kind: 'gradient', name: 'gradient' }) },
  relu_deconvnet: { takes: [], build: () => ({ kind: 'relu_deconvnet', name: 'relu_deconvnet' }) },
  relu_guided_backprop: {
    takes: [],
    build: () => ({ kind: 'relu_guided_backprop', name: 'relu_guided_backprop' }),
  },
  relu_beta_smooth: {
    takes: ['beta_smooth'],
    build: (spec) => ({ kind: 'relu_beta_smooth', name: 'relu_beta_smooth', beta: spec.beta_smooth ?? 10 }),
  },
}

/** The rule that a request asks for. Throws `rule-parameter-invalid` naming the parameter that is out of range. */
export function ruleFrom(spec: RuleSpec): Rule {
  const { takes, build } = builders[spec.name]
  const given = (Object.keys(spec) as (keyof RuleSpec)[]).filter((key) => key !== 'name' && spec[key] != null)
  const foreign = given.find((key) => !takes.includes(key))
  if (foreign) {
    const allowed = takes.length === 0 ? 'no parameters' : takes.join(', ')
    throw invalid(foreign, `the rule ${spec.name} takes ${allowed}, not ${foreign}`)
  }
  return build(spec, {
    stabilizer: stabilizerFrom(spec.stabilizer, 'stabilizer'),
    zeroParams: zeroParams(spec.zero_params),
  })
}
