/**
 * An Einsum equation: the label of every axis of each operand and of the result. A letter is its own label; the axes of
 * an ellipsis are labelled from the last one on, as they broadcast: `.0`, `.1`, …
 */
export interface Equation {
  readonly operands: readonly (readonly string[])[]
  readonly output: readonly string[]
}

const ellipsis = '...'

/** Labels of one term; `wide` axes for its ellipsis. */
function labelsOf(term: string, wide: number): readonly string[] {
  const [before, after] = term.split(ellipsis) as [string, string?]
  if (after === undefined) return [...term]
  return [...before, ...Array.from({ length: wide }, (_, i) => `.${wide - 1 - i}`), ...after]
}

const lettersOf = (term: string): readonly string[] => [...term.replace(ellipsis, '')]

/** The result that an equation without an arrow means: the ellipsis, and the letters that occur once, in order. */
function implicitOutput(terms: readonly string[]): string {
  const letters = terms.flatMap(lettersOf)
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort()
  return (terms.some((term) => term.includes(ellipsis)) ? ellipsis : '') + once.join('')
}

/** The labels of an equation for operands of these ranks (ONNX operator Einsum), or null where it does not fit them. */
export function parseEquation(equation: string, ranks: readonly number[]): Equation | null {
  const [left, right, ...rest] = equation.replaceAll(' ', '').split('->') as [string, string?, ...string[]]
  const terms = left.split(',')
  const result = right ?? implicitOutput(terms)
  const isTerm = (term: string) => /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term)
  if (rest.length > 0 || terms.length !== ranks.length || ![...terms, result].every(isTerm)) return null
  const wide = terms.map((term, i) => ranks[i]! - lettersOf(term).length)
  if (wide.some((axes, i) => (terms[i]!.includes(ellipsis) ? axes < 0 : axes !== 0))) return null
  const operands = terms.map((term, i) => labelsOf(term, wide[i]!))
  const output = labelsOf(result, Math.max(0, ...wide))
  const known = new Set(operands.flat())
  const isSound = new Set(output).size === output.length && output.every((label) => known.has(label))
  return isSound ? { operands, output } : null
}
