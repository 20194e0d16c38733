import { ProblemError } from '@crp-serve/contracts'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { GatewayOptions } from '../../options.ts'
import { explain } from './explain.ts'
import { infer } from './infer.ts'
import { inferenceModels } from './models.ts'
import { inferenceServer } from './server.ts'

/** Bodies are JSON, or JSON with bytes behind it; clients name either type, or none. */
const takenTypes = /^(application\/(json|octet-stream)\s*(;.*)?)?$/i

async function checkType({ headers }: FastifyRequest): Promise<void> {
  if (takenTypes.test(headers['content-type'] ?? '')) return
  throw new ProblemError(
    'unsupported-media-type',
    'Send `application/json`, or JSON with the bytes of tensors behind it as `application/octet-stream`.',
  )
}

/** The Open Inference Protocol, version 2, with binary tensors, and `explain` beside `infer`. */
export const inferenceProtocol =
  (options: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) => body)
    app.addHook('preParsing', checkType)
    app.register(inferenceServer)
    app.register(inferenceModels(options))
    app.register(infer(options))
    app.register(explain(options))
  }
