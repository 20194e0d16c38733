import { isName, ProblemError } from '@crp-serve/contracts'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'

/** Path parameters of the routes of one data set. */
export const DatasetParams = Type.Object({ dataset: Type.String({ description: 'Name of the data set.' }) })

/**
 * The path of the data set at the worker.
 * @throws ProblemError `unknown-dataset` where no data set can have the name, so that it never becomes part of a path
 */
export function datasetPath(request: FastifyRequest): string {
  const { dataset } = request.params as { dataset: string }
  if (isName(dataset)) return `/v1/datasets/${encodeURIComponent(dataset)}`
  throw new ProblemError('unknown-dataset', `There is no data set "${dataset}".`)
}
