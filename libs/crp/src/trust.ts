import type { Conservation } from './conserving.ts'

/** A figure of the account; null where it is not finite. */
type Figure = number | null

/** The conservation check of one row (api.md, `trust`). */
export interface Trust {
  /** Relevance at the start, after `y`. */
  readonly initial: Figure
  /** Sum of the relevance at the input. */
  readonly input: Figure
  /** input / initial; null where initial is zero. */
  readonly ratio: Figure
  /** Sum at each layer before its mask, over initial; null where initial is zero. */
  readonly layers: Record<string, Figure>
  /** Relevance that biases, stabilizers and masks took. */
  readonly absorbed: Record<string, Figure>
  readonly finite: boolean
  readonly warnings: string[]
}

/**
 * Share of the start relevance that float32 rounding may lose where every rule conserves. Deep residual networks lose up
 * to 3e-3 (measured against float64); a sum whose relevance is counted twice, or an operator that loses some, is off by
 * far more.
 */
export const balanceBound = 0.01

const figure = (value: number): Figure => (Number.isFinite(value) ? value : null)
const layerPrefix = 'layer/'
const absorbedPrefix = 'absorbed/'

/** The columns below a prefix, by the rest of their names. */
const below = (prefix: string, account: ReadonlyMap<string, number>): [string, number][] =>
  [...account]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value])

const share = (value: number, initial: number): Figure => (initial === 0 ? null : figure(value / initial))

/** Leaks that a warning names. */
const namedLeaks = 3

/** Which layers are to be looked at where an account does not balance. */
function suspects(leaks: readonly string[]): string {
  if (leaks.length === 0) return ''
  const more = leaks.length > namedLeaks ? ` and ${leaks.length - namedLeaks} more` : ''
  return `; layers whose rule need not keep the sum: ${leaks.slice(0, namedLeaks).join(', ')}${more}`
}

function imbalance(
  initial: number,
  input: number,
  absorbed: readonly [string, number][],
  leaks: readonly string[],
): string | null {
  const rest = absorbed.reduce((left, [, value]) => left - value, initial - input)
  // Absorbed parts of opposite signs may be far larger than the start: rounding goes with the largest of them.
  const scale = absorbed.reduce((most, [, value]) => Math.max(most, Math.abs(value)), Math.abs(initial))
  if (!(Math.abs(rest) > balanceBound * scale)) return null
  const percent = ((100 * Math.abs(rest)) / scale).toFixed(1)
  return `${percent} % of the relevance is not accounted for: it neither reached the input nor was absorbed${suspects(leaks)}`
}

function notFinite(account: ReadonlyMap<string, number>): string {
  const layers = below(layerPrefix, account).filter(([, value]) => !Number.isFinite(value))
  const where = layers.length > 0 ? `, first at the layer ${layers[0]![0]}` : ''
  return `relevance is not finite${where}: its values cannot be used`
}

/**
 * The trust block of one row.
 * @param columns what the values are: `initial`, `input`, `absorbed/<kind>`, `layer/<name>`, layers from output to input
 * @param values the row of the compiled graph's account
 */
export function trustOf(
  columns: readonly string[],
  values: ArrayLike<number>,
  { checked, leaks }: Conservation,
): Trust {
  const account = new Map(columns.map((name, i) => [name, values[i]!]))
  const initial = account.get('initial') ?? Number.NaN
  const input = account.get('input') ?? Number.NaN
  const absorbed = below(absorbedPrefix, account)
  const finite = [...account.values()].every(Number.isFinite)
  const lost = checked && finite ? imbalance(initial, input, absorbed, leaks) : null
  return {
    initial: figure(initial),
    input: figure(input),
    ratio: share(input, initial),
    layers: Object.fromEntries(below(layerPrefix, account).map(([name, sum]) => [name, share(sum, initial)])),
    absorbed: Object.fromEntries(absorbed.map(([name, value]) => [name, figure(value)])),
    finite,
    warnings: [...(finite ? [] : [notFinite(account)]), ...(lost === null ? [] : [lost])],
  }
}

/**
 * The trust block of a row whose heatmap was gathered from other passes than the one that the account is about.
 * @param finite whether every value of the heatmap is
 */
export const remarked = (
  trust: Trust,
  { remark, finite }: { readonly remark: string; readonly finite: boolean },
): Trust => ({
  ...trust,
  finite: trust.finite && finite,
  warnings: [
    ...trust.warnings,
    remark,
    ...(finite ? [] : ['the heatmap is not finite: its values cannot be used']),
  ],
})
