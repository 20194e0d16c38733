import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'

const isNumeral = (text: unknown): boolean =>
  typeof text !== 'string' || (text.trim() !== '' && Number.isFinite(Number(text)))

/** A query as its schema has it: texts that look like numbers or truth values become them. "true" is no number. */
export function convertQuery(schema: TSchema, query: unknown): unknown {
  const converted = Value.Convert(schema, structuredClone(query))
  if (typeof converted !== 'object' || converted === null) return converted
  const given = query as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(converted).map(([name, value]) =>
      typeof value === 'number' && !isNumeral(given[name]) ? [name, given[name]] : [name, value],
    ),
  )
}
