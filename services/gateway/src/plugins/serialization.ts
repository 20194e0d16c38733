import { convertQuery, validate } from '@crp-serve/contracts'
import fp from 'fastify-plugin'
import type { TSchema } from 'typebox'

/**
 * Queries are checked against their schemas, their texts converted to numbers first. Bodies are checked by the handlers:
 * a request may arrive as JSON or in a part of a multipart body. Answers are written as they are: they are as large as
 * tensors are, and the tests hold them against the schemas.
 */
export const serialization = fp(async (app) => {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    if (httpPart === 'body') return (value) => ({ value })
    return (value) => {
      try {
        return { value: validate(schema, convertQuery(schema, value), `/${httpPart}`) }
      } catch (error) {
        return { error: error as Error }
      }
    }
  })
  app.setSerializerCompiler(() => JSON.stringify)
})
