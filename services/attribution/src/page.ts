import { PageQuery, validate } from '@crp-serve/contracts'

/** Entries of a page where the client does not say. */
const defaultPage = 100

/** A query whose fields look like numbers as its schema has it. */
export function withNumbers(query: unknown, ...names: readonly string[]): Record<string, unknown> {
  const fields = { ...(query as Record<string, unknown>) }
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'string' && /^\d+$/.test(value)) fields[name] = Number(value)
  }
  return fields
}

/** A page query with its default. Throws `validation-failed`. */
export function pageOf(query: unknown): { readonly limit: number; readonly cursor?: string } {
  const { limit = defaultPage, cursor } = validate(PageQuery, withNumbers(query, 'limit'))
  return cursor === undefined ? { limit } : { limit, cursor }
}
