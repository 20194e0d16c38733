import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { ProblemError } from '../errors/problem.ts'
import { explain } from './explain.ts'
import type { JsonSchema } from './json-schema.ts'
import { nearestNames } from './nearest.ts'

const validators = new WeakMap<TSchema, Validator>()

/** The compiled check of a schema, compiled once. */
function validatorOf(schema: TSchema): Validator {
  const known = validators.get(schema)
  if (known !== undefined) return known
  const compiled = Compile(schema)
  validators.set(schema, compiled)
  return compiled
}

/** Whether a value matches a schema. */
export const matches = <T extends TSchema>(schema: T, value: unknown): value is Static<T> =>
  validatorOf(schema).Check(value)

/**
 * Returns `value` as what `schema` describes.
 * @param at JSON pointer that goes in front of the pointers of the findings
 * @throws ProblemError `validation-failed`, one finding per place
 */
export function validate<T extends TSchema>(schema: T, value: unknown, at = ''): Static<T> {
  if (matches(schema, value)) return value
  const errors = explain(schema as JsonSchema, value, at)
  // A slip of the pen explains a missing field, not the other way round.
  const first = errors.find(({ suggestions }) => suggestions !== undefined) ??
    errors[0] ?? { pointer: at, detail: 'does not match the schema' }
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  const place = first.pointer === '' ? 'the request' : first.pointer
  throw new ProblemError(
    'validation-failed',
    `${place} ${first.detail}${nearestNames(first.suggestions)}${more}`,
    { errors },
  )
}
