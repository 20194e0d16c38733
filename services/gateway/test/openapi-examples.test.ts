import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../src/openapi/document.ts'

interface MediaType {
  readonly schema: object
  readonly examples?: Readonly<Record<string, { readonly $ref?: string; readonly value?: unknown }>>
}
interface Content {
  readonly content?: Readonly<Record<string, MediaType>>
}
interface Operation {
  readonly operationId: string
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly examples: Readonly<Record<string, { readonly value: unknown }>> }
}

const document = (await openApiDocument()) as Document

/** A place of the document that holds JSON, with the pointer to it. */
interface Place extends MediaType {
  readonly name: string
  readonly at: readonly string[]
}

const placesOf = (name: string, at: readonly string[], { content = {} }: Content): Place[] =>
  Object.entries(content)
    .filter(([type]) => /^application\/(\w+\+)?json$/.test(type))
    .map(([type, media]) => ({ ...media, name: `${name} ${type}`, at: [...at, 'content', type] }))

const places = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, { operationId, requestBody = {}, responses }]) => {
    const at = ['paths', path, method]
    return [
      ...placesOf(`${operationId} request`, [...at, 'requestBody'], requestBody),
      ...Object.entries(responses).flatMap(([status, response]) =>
        placesOf(`${operationId} ${status}`, [...at, 'responses', status], response),
      ),
    ]
  }),
)

const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)
ajv.addSchema({ $id: 'https://crp-serve.invalid/', ...document })

/** A JSON pointer as the fragment of a URI. */
const fragment = (at: readonly string[]): string =>
  at.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')

const exampleValue = ({ $ref, value }: { readonly $ref?: string; readonly value?: unknown }): unknown =>
  $ref === undefined ? value : document.components.examples[$ref.replace('#/components/examples/', '')]?.value

describe('examples of the OpenAPI document', () => {
  it.each(places)('show each message, and match its schema: $name', ({ at, examples = {} }) => {
    expect(Object.keys(examples)).not.toEqual([])
    const validate = ajv.compile({ $ref: `https://crp-serve.invalid/#/${fragment([...at, 'schema'])}` })
    for (const [name, example] of Object.entries(examples)) {
      validate(exampleValue(example))
      expect(validate.errors, name).toBeNull()
    }
  })

  it('are wrong where a field of an answer is missing or of another type', () => {
    const at = ['paths', '/v1/models/{model}', 'get', 'responses', '200', 'content', 'application/json']
    const validate = ajv.compile({ $ref: `https://crp-serve.invalid/#/${fragment([...at, 'schema'])}` })
    const model = document.components.examples['Model']!.value as object
    expect(validate(model)).toBe(true)
    expect(validate({ ...model, size: 'large' })).toBe(false)
    expect(validate({ ...model, sha256: undefined })).toBe(false)
  })
})
