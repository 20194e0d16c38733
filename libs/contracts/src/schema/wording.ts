import { branches, type JsonSchema } from './json-schema.ts'

/** More kinds of objects than this are described by what they have in common. */
const MAX_OBJECTS = 3

/** A value as JSON shows it. */
export const quote = (value: unknown): string => JSON.stringify(value)

const list = (values: readonly unknown[]) => values.map(quote).join(', ')

function describeObject({ required = [], propertyNames }: JsonSchema): string {
  if (propertyNames?.pattern !== undefined) return `an object whose fields match ${propertyNames.pattern}`
  return required.length === 0 ? 'an object' : `an object with ${list(required)}`
}

/** A few words for what a schema takes. */
function describe(schema: JsonSchema): string {
  if (schema.const !== undefined) return quote(schema.const)
  if (schema.enum !== undefined)
    return schema.enum.length === 1 ? quote(schema.enum[0]) : `one of ${list(schema.enum)}`
  if (schema.type === 'array')
    return schema.items === undefined ? 'a list' : `a list (each ${accepted(schema.items)})`
  if (schema.type === 'object') return describeObject(schema)
  if (schema.type === 'integer') return 'an integer'
  return schema.type === undefined ? 'any value' : schema.type === 'null' ? 'null' : `a ${schema.type}`
}

/** Many kinds of objects as one: the fields that all of them require. */
function merged(options: readonly JsonSchema[]): readonly JsonSchema[] {
  const objects = options.filter(({ type }) => type === 'object')
  if (objects.length <= MAX_OBJECTS) return options
  const [first, ...others] = objects.map(({ required = [] }) => required)
  const required = first!.filter((name) => others.every((names) => names.includes(name)))
  return [...options.filter(({ type }) => type !== 'object'), { type: 'object', required }]
}

/** What any branch of a schema takes; null goes unsaid, it is allowed nearly everywhere. */
export function accepted(schema: JsonSchema): string {
  const options = merged(branches(schema).filter(({ type }) => type !== 'null'))
  return [...new Set(options.map(describe))].join(' or ')
}

/** What a value is that should be of another kind. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'a string'
  return typeof value === 'object' && value !== null ? 'an object' : quote(value)
}
