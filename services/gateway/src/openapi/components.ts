import { isDeepStrictEqual } from 'node:util'

type Json = unknown
type Fields = Record<string, Json>

const isFields = (value: Json): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A schema with a title is published once, as a component of that name. */
const isNamed = (value: Json): value is Fields & { title: string } =>
  isFields(value) &&
  typeof value['title'] === 'string' &&
  ['type', 'anyOf', 'enum'].some((keyword) => Object.hasOwn(value, keyword))

/**
 * Moves every titled schema of an OpenAPI document into `components/schemas` and leaves a reference in its place.
 * A description that the place adds stays there.
 * @throws Error where two different schemas share a title
 */
export function hoistComponents(document: Readonly<Fields>): Fields {
  const schemas = new Map<string, Json>()

  function hoist(value: Json): Json {
    if (Array.isArray(value)) return value.map(hoist)
    if (!isFields(value)) return value
    const mapped = Object.fromEntries(Object.entries(value).map(([key, field]) => [key, visit(key, field)]))
    return isNamed(mapped) ? reference(mapped) : mapped
  }

  /** Examples hold data, in which a title is only a title. */
  const visit = (key: string, field: Json): Json =>
    ['examples', 'example', 'default', 'info'].includes(key) ? field : hoist(field)

  function reference({ title, ...schema }: Fields & { title: string }): Fields {
    const known = schemas.get(title)
    if (known !== undefined && !isDeepStrictEqual(known, schema))
      throw new Error(`two different schemas are called ${title}`)
    schemas.set(title, schema)
    return { $ref: `#/components/schemas/${title}` }
  }

  const { components, ...rest } = document
  const hoisted = hoist(rest) as Fields
  const sorted = [...schemas].sort(([a], [b]) => (a < b ? -1 : 1))
  const others = isFields(components) ? components : {}
  const examples = usedExamples(hoisted, others['examples'])
  return { ...hoisted, components: { ...others, examples, schemas: Object.fromEntries(sorted) } }
}

/** The examples that something refers to. */
function usedExamples(document: Fields, examples: Json): Fields {
  const text = JSON.stringify(document)
  const used = ([name]: [string, Json]) => text.includes(`"#/components/examples/${name}"`)
  return Object.fromEntries(isFields(examples) ? Object.entries(examples).filter(used) : [])
}
