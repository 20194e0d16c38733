import type { Issue } from '../errors/problem.ts'
import { branches, fitsKind, isObject, type JsonObject, type JsonSchema } from './json-schema.ts'
import { nearest } from './nearest.ts'
import { pointer } from './pointer.ts'
import { explainBareName, explainStranger, nearestKin, tags, texts } from './union.ts'
import { accepted, kindOf, quote } from './wording.ts'

/** Findings are for people: a tensor with a million wrong values is told once. */
const MAX_ISSUES = 16

const issue = (at: string, detail: string, suggestions: readonly string[] = []): Issue =>
  suggestions.length === 0 ? { pointer: at, detail } : { pointer: at, detail, suggestions: [...suggestions] }

const wrongKind = (schema: JsonSchema, value: unknown, at: string): Issue =>
  issue(at, `must be ${accepted(schema)}, not ${kindOf(value)}`)

/** Why `value` does not match `schema`; empty where it does. Pointers start with `at`. */
export function explain(schema: JsonSchema, value: unknown, at = ''): Issue[] {
  if (schema.anyOf !== undefined) return explainUnion(branches(schema), value, at)
  if (schema.const !== undefined)
    return value === schema.const ? [] : [issue(at, `must be ${accepted(schema)}`)]
  if (!fitsKind(schema, value)) return [wrongKind(schema, value, at)]
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
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, description } = schema
  if (value.length < minLength) return [issue(at, `must have at least ${minLength} characters`)]
  if (value.length > maxLength) return [issue(at, `must have at most ${maxLength} characters`)]
  if (pattern === undefined || new RegExp(pattern, 'u').test(value)) return []
  return [issue(at, `must match ${pattern}${description === undefined ? '' : ` (${description})`}`)]
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

const tagsAgree = (schema: JsonSchema, value: unknown): boolean =>
  isObject(value) && tags(schema).every(([name, field]) => explain(field, value[name]).length === 0)

/** Explains a union by the branch that the value was most likely meant for. */
function explainUnion(options: readonly JsonSchema[], value: unknown, at: string): Issue[] {
  const fitting = options.filter((option) => fitsKind(option, value))
  const tagged = fitting.filter((option) => tags(option).length > 0 && tagsAgree(option, value))
  const likely = tagged.length > 0 ? tagged : fitting
  const attempts = new Map(likely.map((option) => [option, explain(option, value, at)]))
  if ([...attempts.values()].some((issues) => issues.length === 0)) return []
  if (tagged.length === 0) {
    const stranger = explainBareName(options, value, at) ?? explainStranger(fitting, value, at)
    if (stranger !== undefined) return [stranger]
    const named = explainTag(fitting, value, at)
    if (named !== undefined) return named
  }
  if (fitting.length === 0) return [wrongKind({ anyOf: options }, value, at)]
  if (typeof value === 'string' && texts(fitting).length > 0) {
    return [issue(at, `must be ${accepted({ anyOf: options })}`, nearest(value, texts(fitting)))]
  }
  return nearestKin(likely, value)
    .map((option) => attempts.get(option)!)
    .reduce((best, issues) => (issues.length < best.length ? issues : best))
}

/** Where branches are told apart by a field, and the value has an unknown one there: that is the error. */
function explainTag(options: readonly JsonSchema[], value: unknown, at: string): Issue[] | undefined {
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
