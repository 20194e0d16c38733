import { errorCodes, errorKind, isErrorCode, ProblemError } from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { Type } from 'typebox'
import { jsonResponse, ownProblemResponses } from '../openapi/parts.ts'

const ProblemKind = Type.Object(
  {
    code: Type.String(),
    status: Type.Integer(),
    title: Type.String(),
    when: Type.String({ description: 'When it happens, and what helps.' }),
  },
  { title: 'ProblemKind' },
)
const ProblemKinds = Type.Object({ problems: Type.Array(ProblemKind) }, { title: 'ProblemKinds' })

const tags = ['Operations']
const list = {
  operationId: 'listProblems',
  tags,
  summary: 'All kinds of problems',
  response: { 200: jsonResponse('The table of error codes.', ProblemKinds), ...ownProblemResponses() },
}
const one = {
  operationId: 'getProblem',
  tags,
  summary: 'One kind of problem',
  params: Type.Object({ code: Type.String() }),
  response: {
    200: jsonResponse('What the `type` of a problem refers to.', ProblemKind),
    ...ownProblemResponses(['not-found']),
  },
}

/** `/problems` and `/problems/{code}`: what `type` of a problem document points to. */
export const problemPages: FastifyPluginAsync = async (app) => {
  const kindOf = (code: (typeof errorCodes)[number]) => {
    const { status, title, when } = errorKind(code)
    return { code, status, title, when }
  }

  app.get('/problems', { schema: list }, async () => ({ problems: errorCodes.map(kindOf) }))

  app.get('/problems/:code', { schema: one }, async (request) => {
    const { code } = request.params as { code: string }
    if (!isErrorCode(code)) throw new ProblemError('not-found', `There is no problem "${code}".`)
    return kindOf(code)
  })
}
