import type { Issue } from '../errors/problem.ts'
import { nearest } from './nearest.ts'
import { pointer } from './pointer.ts'

/** The part of JSON Schema that the contracts are written in. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null'
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly propertyNames?: JsonSchema
  readonly minProperties?: number
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly title?: string
  readonly description?: string
}

type JsonObject = Readonly<Record<string, unknown>>

/** Findings are for people: a tensor with a million wrong values is told once. */
const MAX_ISSUES = 16

const issue = (at: string, detail: string, suggestions: readonly string[] = []): Issue =>
  suggestions.length === 0 ? { pointer: at, detail } : { pointer: at, detail, suggestions: [...suggestions] }

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isKind: Record<NonNullable<JsonSchema['type']>, (value: unknown) => boolean> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: Number.isFinite,
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
}

const quote = (value: unknown) => JSON.stringify(value)

/** The branches of a union, unions inside it opened up. */
const branches = (schema: JsonSchema): JsonSchema[] => schema.anyOf?.flatMap(branches) ?? [schema]

/** A few words for what a schema takes. */
function describe(schema: JsonSchema): string {
  if (schema.const !== undefined) return quote(schema.const)
  if (schema.enum !== undefined) return `one of ${schema.enum.map(quote).join(', ')}`
  if (schema.title !== undefined && schema.type === 'object') return `a ${schema.title} object`
  if (schema.type === 'array')
    return schema.items === undefined ? 'a list' : `a list (each ${accepted(schema.items)})`
  if (schema.type === 'object') return 'an object'
  if (schema.type === 'integer') return 'an integer'
  return schema.type === undefined ? 'any value' : schema.type === 'null' ? 'null' : `a ${schema.type}`
}

/** What any branch of a schema takes; null goes unsaid, it is allowed nearly everywhere. */
const accepted = (schema: JsonSchema): string =>
  branches(schema)
    .filter((branch) => branch.type !== 'null')
    .map(describe)
    .join(' or ')

/** Whether a value is at least of the kind that a schema without `anyOf` is about. */
const fitsKind = (schema: JsonSchema, value: unknown): boolean =>
  schema.type !== undefined
    ? isKind[schema.type](value)
    : schema.enum === undefined || schema.enum.some((one) => typeof one === typeof value)

/** Why `value` does not match `schema`; empty where it does. Pointers start with `at`. */
export function explain(schema: JsonSchema, value: unknown, at = ''): Issue[] {
  if (schema.anyOf !== undefined) return explainUnion(branches(schema), value, at)
  if (schema.const !== undefined)
    return value === schema.const ? [] : [issue(at, `must be ${describe(schema)}`)]
  if (!fitsKind(schema, value)) return [issue(at, `must be ${describe(schema)}`)]
  if (schema.enum !== undefined) return explainEnum(schema.enum, value, at)
  if (typeof value === 'string') return explainString(schema, value, at)
  if (typeof value === 'number') return explainNumber(schema, value, at)
  if (Array.isArray(value)) return explainArray(schema, value, at)
  return isObject(value) ? explainObject(schema, value, at) : []
}

function explainEnum(options: readonly unknown[], value: unknown, at: string): Issue[] {
  if (options.includes(value)) return []
  const names = options.filter((option) => typeof option === 'string')
  const near = typeof value === 'string' ? nearest(value, names) : []
  return [issue(at, `must be one of ${options.map(quote).join(', ')}`, near)]
}

function explainString(schema: JsonSchema, value: string, at: string): Issue[] {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema
  if (value.length < minLength) return [issue(at, `must have at least ${minLength} characters`)]
  if (value.length > maxLength) return [issue(at, `must have at most ${maxLength} characters`)]
  if (pattern === undefined || new RegExp(pattern, 'u').test(value)) return []
  return [issue(at, `must match ${pattern}`)]
}

function explainNumber(schema: JsonSchema, value: number, at: string): Issue[] {
  const { minimum, maximum, exclusiveMinimum } = schema
  if (minimum !== undefined && value < minimum) return [issue(at, `must be at least ${minimum}`)]
  if (maximum !== undefined && value > maximum) return [issue(at, `must be at most ${maximum}`)]
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum)
    return [issue(at, `must be greater than ${exclusiveMinimum}`)]
  return []
}

function explainArray(schema: JsonSchema, value: readonly unknown[], at: string): Issue[] {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, uniqueItems = false, items } = schema
  if (value.length < minItems) return [issue(at, `must have at least ${minItems} items`)]
  if (value.length > maxItems) return [issue(at, `must have at most ${maxItems} items`)]
  if (uniqueItems && new Set(value).size < value.length) return [issue(at, 'must not repeat an item')]
  const issues: Issue[] = []
  if (items === undefined) return issues
  for (let i = 0; i < value.length && issues.length < MAX_ISSUES; i++) {
    issues.push(...explain(items, value[i], `${at}/${i}`))
  }
  return issues
}

function explainObject(schema: JsonSchema, value: JsonObject, at: string): Issue[] {
  const { required = [], minProperties = 0 } = schema
  const missing = required.filter((name) => !Object.hasOwn(value, name))
  const issues = missing.map((name) => issue(`${at}${pointer(name)}`, 'is required'))
  const names = Object.keys(value)
  if (names.length < minProperties) issues.push(issue(at, `must have at least ${minProperties} fields`))
  for (const name of names) {
    if (issues.length >= MAX_ISSUES) break
    issues.push(...explainField(schema, value, name, at))
  }
  return issues
}

function explainField(schema: JsonSchema, value: JsonObject, name: string, at: string): Issue[] {
  const { properties = {}, additionalProperties = true, propertyNames } = schema
  const here = `${at}${pointer(name)}`
  if (propertyNames !== undefined && explain(propertyNames, name, '').length > 0)
    return [issue(here, `is not a valid field name: ${explain(propertyNames, name, '')[0]!.detail}`)]
  if (Object.hasOwn(properties, name)) return explain(properties[name]!, value[name], here)
  if (additionalProperties === true) return []
  if (additionalProperties !== false) return explain(additionalProperties, value[name], here)
  const known = Object.keys(properties)
  return [issue(here, `is not a known field; known are ${known.join(', ') || 'none'}`, nearest(name, known))]
}

/** The fields of an object schema that hold one fixed value, such as `name` of a rule. */
const tags = (schema: JsonSchema): [string, JsonSchema][] =>
  Object.entries(schema.properties ?? {}).filter(
    ([, field]) => field.const !== undefined || (field.enum !== undefined && field.type === undefined),
  )

const tagsAgree = (schema: JsonSchema, value: unknown): boolean =>
  isObject(value) && tags(schema).every(([name, field]) => explain(field, value[name]).length === 0)

/** Explains a union by the branch that the value was most likely meant for. */
function explainUnion(options: readonly JsonSchema[], value: unknown, at: string): Issue[] {
  const fitting = options.filter((option) => fitsKind(option, value))
  if (fitting.length === 0) return [issue(at, `must be ${accepted({ anyOf: options })}`)]
  const tagged = fitting.filter((option) => tags(option).length > 0 && tagsAgree(option, value))
  const attempts = (tagged.length > 0 ? tagged : fitting).map((option) => explain(option, value, at))
  if (attempts.some((issues) => issues.length === 0)) return []
  if (tagged.length === 0) {
    const named = explainBareName(options, value, at) ?? explainTag(fitting, value, at)
    if (named !== undefined) return named
  }
  return attempts.reduce((best, issues) => (issues.length < best.length ? issues : best))
}

/** Where a text is the name of a branch that needs more than its name. */
function explainBareName(options: readonly JsonSchema[], value: unknown, at: string): Issue[] | undefined {
  const meant = options.find(({ properties }) => properties?.['name']?.const === value)
  if (meant === undefined) return undefined
  const fields = meant.required?.map(quote).join(', ')
  return [issue(at, `${quote(value)} needs parameters: it must be an object with ${fields}`)]
}

/** Where branches are told apart by a field, and the value has an unknown one there: that is the error. */
function explainTag(options: readonly JsonSchema[], value: unknown, at: string): Issue[] | undefined {
  const constants = options.filter((option) => option.const !== undefined).map((option) => option.const)
  if (constants.length === options.length) return explainEnum(constants, value, at)
  const field = options.flatMap(tags)[0]?.[0]
  if (field === undefined || !isObject(value)) return undefined
  const schemas = options.flatMap((option) => option.properties?.[field] ?? [])
  const known = [...new Set(schemas.flatMap((schema) => schema.enum ?? [schema.const]))]
  const here = `${at}${pointer(field)}`
  if (Object.hasOwn(value, field)) return explainEnum(known, value[field], here)
  return schemas.length < options.length
    ? undefined
    : [issue(here, `is required: one of ${known.map(quote).join(', ')}`)]
}
