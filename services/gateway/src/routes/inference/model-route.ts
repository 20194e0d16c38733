import type { Model } from '@crp-serve/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callFor } from '../../engine/call.ts'
import type { Call } from '../../engine/client.ts'
import { checkVersion, modelInfo } from '../../inference/model-info.ts'
import { modelOf } from '../../model-name.ts'
import { inferenceTags, modelParams, versionParams } from '../../openapi/inference-parts.ts'

/** A route of a model. */
export interface ModelRoute {
  readonly method: 'GET' | 'POST'
  /** What follows the model, or its version, in the path. */
  readonly tail: string
  readonly operationId: string
  readonly schema: object
  readonly timeoutMs: number
  readonly handler: (given: {
    readonly model: Model
    readonly call: Call
    readonly request: FastifyRequest
    readonly reply: FastifyReply
  }) => Promise<unknown>
}

const versionOf = (request: FastifyRequest) => (request.params as { version?: string }).version

/** Adds a route below `/models/{model}`, and the same below `/models/{model}/versions/{version}`. */
export function addModelRoute(app: FastifyInstance, route: ModelRoute): void {
  const { method, tail, operationId, schema, timeoutMs } = route
  const tags = inferenceTags
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const call = callFor(request, reply, timeoutMs)
    const model = await modelInfo(app, modelOf(request), call)
    checkVersion(model, versionOf(request))
    return route.handler({ model, call, request, reply })
  }
  app.route({
    method,
    url: `/models/:model${tail}`,
    schema: { tags, operationId, params: modelParams, ...schema },
    handler,
  })
  app.route({
    method,
    url: `/models/:model/versions/:version${tail}`,
    schema: { tags, operationId: `${operationId}OfVersion`, params: versionParams, ...schema },
    handler,
  })
}
