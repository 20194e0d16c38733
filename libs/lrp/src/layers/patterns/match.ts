import type { Node } from '@crp-serve/onnx'
import { numberOf } from '../../operators/operands.ts'
import type { GraphView } from '../view.ts'

/** A pattern of data flow: what a tensor has to be computed from. Operands of products and sums stand in any order. */
export type Term =
  | { readonly kind: 'input' }
  | { readonly kind: 'constant'; readonly value: number | null }
  | { readonly kind: 'node'; readonly op: string; readonly inputs: readonly Term[] }
  | { readonly kind: 'chain'; readonly op: 'Mul' | 'Add'; readonly terms: readonly Term[] }
  | { readonly kind: 'any'; readonly terms: readonly Term[] }

/** The layer's input: the same tensor wherever it stands. */
export const x: Term = { kind: 'input' }

/** A constant of that value (to one part in a thousand), or any constant. */
export const constant = (value: number | null = null): Term => ({ kind: 'constant', value })

/** A node with its inputs in order. */
export const node = (op: string, ...inputs: readonly Term[]): Term => ({ kind: 'node', op, inputs })

/** A product however it is bracketed; a constant factor may also be divided by. */
export const product = (...terms: readonly Term[]): Term => ({ kind: 'chain', op: 'Mul', terms })

/** A sum however it is bracketed. */
export const sum = (...terms: readonly Term[]): Term => ({ kind: 'chain', op: 'Add', terms })

/** One of several forms. */
export const any = (...terms: readonly Term[]): Term => ({ kind: 'any', terms })

/** A way to read a tensor as a term: the input that was found and the nodes that it takes. */
export interface Match {
  readonly input: string | null
  readonly nodes: readonly Node[]
}

const near = (found: number | null, wanted: number): boolean =>
  found !== null && Math.abs(found - wanted) <= 1e-3 * Math.abs(wanted)

function* matchInput(tensor: string, match: Match, view: GraphView): Iterable<Match> {
  if (match.input === tensor) yield match
  if (match.input === null && view.facts.carriesRelevance(tensor)) yield { ...match, input: tensor }
}

function* matchConstant(
  value: number | null,
  tensor: string,
  match: Match,
  view: GraphView,
): Iterable<Match> {
  const fits = value === null ? view.facts.isConstant(tensor) : near(numberOf(view.facts, tensor), value)
  if (tensor !== '' && fits) yield match
}

/** Every way to read several tensors as terms, one after the other. */
function* matchAll(
  pairs: readonly (readonly [Term, string])[],
  match: Match,
  view: GraphView,
): Iterable<Match> {
  const [first, ...rest] = pairs
  if (!first) yield match
  else for (const found of matches(first[0], first[1], match, view)) yield* matchAll(rest, found, view)
}

/** Every way to cut a list into two parts, the first element in either, both not empty. */
function halves<T>(list: readonly T[]): readonly (readonly [readonly T[], readonly T[]])[] {
  const masks = Array.from({ length: 2 ** list.length - 2 }, (_, i) => i + 1)
  return masks.map((mask) => [
    list.filter((_, i) => (mask >> i) & 1),
    list.filter((_, i) => !((mask >> i) & 1)),
  ])
}

const joined = (op: 'Mul' | 'Add', terms: readonly Term[]): Term =>
  terms.length === 1 ? terms[0]! : { kind: 'chain', op, terms }

/** A quotient by a constant is a product with its inverse. */
function* matchQuotient(terms: readonly Term[], found: Node, match: Match, view: GraphView): Iterable<Match> {
  const [numerator, denominator] = found.inputs as [string, string]
  for (const term of terms) {
    if (term.kind !== 'constant') continue
    const divisor = constant(term.value === null ? null : 1 / term.value)
    const rest = joined(
      'Mul',
      terms.filter((other) => other !== term),
    )
    yield* matchAll(
      [
        [divisor, denominator],
        [rest, numerator],
      ],
      match,
      view,
    )
  }
}

function* matchChain(
  op: 'Mul' | 'Add',
  terms: readonly Term[],
  tensor: string,
  match: Match,
  view: GraphView,
): Iterable<Match> {
  const found = view.producer(tensor)
  if (found?.domain !== '') return
  const taken = { ...match, nodes: [...match.nodes, found] }
  if (op === 'Mul' && found.op === 'Div') yield* matchQuotient(terms, found, taken, view)
  if (found.op !== op || found.inputs.length !== 2) return
  for (const [left, right] of halves(terms)) {
    const pairs = [
      [joined(op, left), found.inputs[0]!],
      [joined(op, right), found.inputs[1]!],
    ] as const
    yield* matchAll(pairs, taken, view)
  }
}

function* matchNode(
  { op, inputs }: Extract<Term, { kind: 'node' }>,
  tensor: string,
  match: Match,
  view: GraphView,
): Iterable<Match> {
  const found = view.producer(tensor)
  const given = found?.inputs.filter((name) => name !== '')
  if (found?.op !== op || found.domain !== '' || given?.length !== inputs.length) return
  const pairs = inputs.map((term, i) => [term, given[i]!] as const)
  yield* matchAll(pairs, { ...match, nodes: [...match.nodes, found] }, view)
}

/** Every way to read a tensor as a term. */
export function* matches(term: Term, tensor: string, match: Match, view: GraphView): Iterable<Match> {
  switch (term.kind) {
    case 'input':
      return yield* matchInput(tensor, match, view)
    case 'constant':
      return yield* matchConstant(term.value, tensor, match, view)
    case 'node':
      return yield* matchNode(term, tensor, match, view)
    case 'chain':
      return yield* matchChain(term.op, term.terms, tensor, match, view)
    case 'any':
      for (const form of term.terms) yield* matches(form, tensor, match, view)
  }
}
