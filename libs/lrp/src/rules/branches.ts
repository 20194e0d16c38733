import type { Emitter } from '../compile/emitter.ts'
import type { Ledger } from '../compile/ledger.ts'
import type { Layer } from '../layers/layer.ts'
import type { LinearOperator } from '../operators/operator.ts'
import { boundTensor } from './bound.ts'
import type { Branch, LinearRule, ParameterForm, Term } from './rule.ts'

/** Everything that a rule works with at one layer. */
export interface Site {
  readonly emitter: Emitter
  readonly ledger: Ledger
  readonly layer: Layer
  readonly operator: LinearOperator
  readonly rule: LinearRule
}

const input = (site: Site): string => site.layer.inputs[0]!

/** A weight or bias in the form that a branch asks for; null where it counts as zero. */
function parameter(emitter: Emitter, tensor: string, form: ParameterForm): string | null {
  if (form === 'plain') return tensor
  if (form === 'positive') return emitter.positive(tensor)
  if (form === 'negative') return emitter.negative(tensor)
  if (form === 'square') return emitter.mul(tensor, tensor)
  if (form === 'zero') return null
  if (form === 'ones') {
    const value = { kind: 'tensor', value: ones } as const
    return emitter.op('ConstantOfShape', [emitter.op('Shape', [tensor])], { value })
  }
  const favoured = form.favour === 'positive' ? emitter.positive(tensor) : emitter.negative(tensor)
  return emitter.add(tensor, emitter.mul(favoured, emitter.scalar(form.gamma)))
}

const ones = {
  dataType: 'float32',
  dims: [1],
  data: { kind: 'inline', bytes: new Uint8Array(new Float32Array([1]).buffer) },
} as const

/** The weight in the form that a branch asks for. */
export function weightOf({ emitter, operator, rule }: Site, branch: Branch): string {
  const zero = rule.zeroParams.includes('weight')
  const base = zero ? emitter.mul(operator.weight, emitter.scalar(0)) : operator.weight
  return parameter(emitter, base, branch.weight)!
}

/** The bias in the form that a branch asks for; null where there is none or it counts as zero. */
export function biasOf({ emitter, operator, rule }: Site, branch: Branch): string | null {
  if (operator.bias === null || rule.zeroParams.includes('bias')) return null
  return parameter(emitter, operator.bias, branch.bias)
}

/** The tensor that a branch runs the operator on. */
export function inputOf(site: Site, form: Branch['input']): string {
  const { emitter } = site
  const x = input(site)
  if (form === 'input' || (form === 'positive' && emitter.isNonNegative(x))) return x
  if (form === 'positive') return emitter.positive(x)
  if (form === 'negative') return emitter.negative(x)
  if (form === 'ones') return emitter.expandLike(emitter.scalar(1), x)
  return boundTensor(emitter, form.bound, x)
}

/** Branches that can differ from zero: an input without negative values has no negative part. */
export const liveBranches = (site: Site, term: Term): readonly Branch[] =>
  term.branches.filter((branch) => branch.input !== 'negative' || !site.emitter.isNonNegative(input(site)))

/** Whether a branch never makes the denominator smaller than zero. */
export function isNonNegative(site: Site, branch: Branch): boolean {
  const { input: form, weight, bias } = branch
  const agrees =
    (form === 'positive' && weight === 'positive') ||
    (form === 'negative' && weight === 'negative') ||
    (form === 'ones' && (weight === 'ones' || weight === 'square'))
  const biasAgrees = biasOf(site, branch) === null || bias === 'positive' || bias === 'square'
  return branch.sign === 1 && agrees && biasAgrees
}

/** Whether a branch is the layer itself, so that its result is the forward pass's own. */
export const isForward = ({ rule }: Site, branch: Branch): boolean =>
  branch.input === 'input' &&
  branch.weight === 'plain' &&
  branch.bias === 'plain' &&
  rule.zeroParams.length === 0

/** One branch's part of the denominator. */
function evaluate(site: Site, branch: Branch): string {
  if (isForward(site, branch)) return site.layer.output
  return site.operator.apply(inputOf(site, branch.input), weightOf(site, branch), biasOf(site, branch))
}

/** What the branches of a term sum up to. */
export function denominator(site: Site, branches: readonly Branch[]): string {
  const { emitter } = site
  const [first, ...rest] = branches
  const start = evaluate(site, first!)
  return rest.reduce((d, branch) => {
    const part = evaluate(site, branch)
    return branch.sign === 1 ? emitter.add(d, part) : emitter.sub(d, part)
  }, start)
}
