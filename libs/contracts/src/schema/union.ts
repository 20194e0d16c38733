import type { Issue } from '../errors/problem.ts'
import { isObject, type JsonObject, type JsonSchema } from './json-schema.ts'
import { nearest } from './nearest.ts'
import { accepted, quote } from './wording.ts'

/** The fields of an object schema that hold one fixed value, such as `name` of a rule. */
export const tags = (schema: JsonSchema): [string, JsonSchema][] =>
  Object.entries(schema.properties ?? {}).filter(
    ([, field]) => field.const !== undefined || (field.enum !== undefined && field.type === undefined),
  )

/** What a text may be where branches of a union are texts. */
export const texts = (options: readonly JsonSchema[]): string[] =>
  options
    .flatMap((option) => option.enum ?? [option.const])
    .filter((value): value is string => typeof value === 'string')

/** Where a text is the name of a branch that is an object. */
export function explainBareName(
  options: readonly JsonSchema[],
  value: unknown,
  at: string,
): Issue | undefined {
  const meant = options.find(({ properties }) => properties?.['name']?.const === value)
  if (meant === undefined || typeof value !== 'string') return undefined
  const fields = meant.required ?? []
  const detail =
    fields.length > 1
      ? `${quote(value)} needs parameters: it must be an object with ${fields.map(quote).join(', ')}`
      : `must be an object: {"name": ${quote(value)}}`
  return { pointer: at, detail }
}

/** How much of a field a schema knows: 2 for its name, 1 for a name like it. */
function knows({ properties = {}, propertyNames }: JsonSchema, name: string): number {
  const matching = propertyNames?.pattern !== undefined && new RegExp(propertyNames.pattern, 'u').test(name)
  if (matching || Object.hasOwn(properties, name)) return 2
  return nearest(name, Object.keys(properties)).length > 0 ? 1 : 0
}

/** Fields that are looked at to find the branch: a hostile object must not cost more. */
const MAX_FIELDS = 16

const firstFields = (value: JsonObject): readonly string[] => Object.keys(value).slice(0, MAX_FIELDS)

const kinship = (schema: JsonSchema, fields: readonly string[]): number =>
  fields.reduce((sum, name) => sum + knows(schema, name), 0)

/** The branches that know most of the fields of an object; all of them for other values. */
export function nearestKin(options: readonly JsonSchema[], value: unknown): readonly JsonSchema[] {
  if (!isObject(value)) return options
  const fields = firstFields(value)
  const scores = options.map((option) => kinship(option, fields))
  const best = Math.max(...scores)
  return options.filter((_, i) => scores[i] === best)
}

/** Where few kinds of objects are taken, and the value has no field of any: that is the error. */
export function explainStranger(
  options: readonly JsonSchema[],
  value: unknown,
  at: string,
): Issue | undefined {
  if (!isObject(value) || options.length < 2 || options.length > 3) return undefined
  const fields = firstFields(value)
  if (options.some((option) => option.propertyNames !== undefined || kinship(option, fields) > 0))
    return undefined
  const given = fields.length > 0 ? `with ${fields.slice(0, 3).map(quote).join(', ')}` : 'an empty one'
  return { pointer: at, detail: `must be ${accepted({ anyOf: options })}, not ${given}` }
}
