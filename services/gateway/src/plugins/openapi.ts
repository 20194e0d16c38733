import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { describeAccess, securitySchemes } from '../openapi/access.ts'
import { answerExamples } from '../openapi/answers/index.ts'
import { hoistComponents } from '../openapi/components.ts'
import { problemExamples } from '../openapi/parts.ts'
import { version } from '../version.ts'

type Transformed = ReturnType<NonNullable<FastifyDynamicSwaggerOptions['transformObject']>>

const info = {
  title: 'crp-serve',
  version,
  description:
    'Layer-wise and Concept Relevance Propagation for ONNX models. The routes also answer without `/v1`, as the newest version.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
}

/** Swagger UI under the name of the service. */
const theme = {
  title: 'crp-serve',
  css: [{ filename: 'crp-serve.css', content: '.swagger-ui .topbar { display: none }' }],
}

const withAccess = (document: object): Record<string, unknown> => {
  const { paths = {}, ...rest } = document as { paths?: Parameters<typeof describeAccess>[0] }
  return { ...rest, paths: describeAccess(paths) }
}

/** `/openapi.json`, and `/docs` with Swagger UI. */
export const openapi = fp(async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info,
      servers: [{ url: '/' }],
      components: { examples: { ...problemExamples, ...answerExamples }, securitySchemes },
    },
    transformObject: (documentObject) =>
      'openapiObject' in documentObject
        ? (hoistComponents(withAccess(documentObject.openapiObject)) as Transformed)
        : documentObject.swaggerObject,
  })
  const uiConfig = { deepLinking: true, tryItOutEnabled: true, displayRequestDuration: true, filter: true }
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig, theme })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
})
