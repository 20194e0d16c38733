import { isName, ProblemError } from '@crp-serve/contracts'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'

/** Path parameters of the routes of one model. */
export const ModelParams = Type.Object({ model: Type.String({ description: 'Name of the model.' }) })

/**
 * The name of the model in the path.
 * @throws ProblemError `unknown-model` where no model can have the name, so that it never becomes part of a path
 */
export function modelOf(request: FastifyRequest): string {
  const { model } = request.params as { model: string }
  if (isName(model)) return model
  throw new ProblemError('unknown-model', `There is no model "${model}".`)
}
