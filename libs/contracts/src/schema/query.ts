import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'

/** Whether a text is the number that it was converted to: "true" is not 1, nor is 1.5 an integer. */
const isNumeral = (given: unknown, number: number): boolean =>
  typeof given !== 'string' || (given.trim() !== '' && Number(given) === number)

/** A query as its schema has it: texts that are numbers or truth values become them, what is not stays to be refused. */
export function convertQuery(schema: TSchema, query: unknown): unknown {
  const converted = Value.Convert(schema, structuredClone(query))
  if (typeof converted !== 'object' || converted === null) return converted
  const given = query as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(converted).map(([name, value]) =>
      typeof value === 'number' && !isNumeral(given[name], value) ? [name, given[name]] : [name, value],
    ),
  )
}
