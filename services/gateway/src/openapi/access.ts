import { errorKind, PROBLEM_TYPE } from '@crp-serve/contracts'
import { scopeOf } from '../access/scope.ts'
import { accessProblems, ownProblemResponses } from './parts.ts'

interface Response {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema?: object; readonly examples?: object }>>
}
interface Operation {
  readonly responses?: Readonly<Record<string, Response>>
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

export const securitySchemes = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A key of the file that `API_KEYS_FILE` names, with the scope `read`, `explain` or `admin`. Without that file nothing asks for one.',
  },
} as const

const statuses = new Set(accessProblems.map((code) => String(errorKind(code).status)))

/** The refusals by status. Their schema is the component that other responses make of it. */
const refusals = Object.entries(ownProblemResponses(accessProblems) as Record<string, Response>)
  .filter(([status]) => statuses.has(status))
  .map(([status, { description, content = {} }]): [string, Response] => {
    const examples = content[PROBLEM_TYPE]?.examples ?? {}
    const schema = { $ref: '#/components/schemas/Problem' }
    return [status, { description, content: { [PROBLEM_TYPE]: { schema, examples } } }]
  })

/** Two responses of one status as one. */
function merged(first: Response | undefined, second: Response): Response {
  if (first === undefined) return second
  const [type] = Object.keys(second.content ?? {})
  const [before, after] = [first, second].map(({ content }) => content?.[type!])
  return {
    ...first,
    description: [...new Set([...first.description.split(', '), ...second.description.split(', ')])].join(
      ', ',
    ),
    content: {
      ...first.content,
      [type!]: { ...after, ...before, examples: { ...before?.examples, ...after?.examples } },
    },
  }
}

function withRefusals(operation: Operation, scope: string): Operation {
  const responses: Record<string, Response> = { ...operation.responses }
  for (const [status, response] of refusals) responses[status] = merged(responses[status], response)
  return { ...operation, security: [{}, { apiKey: [] }], 'x-scope': scope, responses } as Operation
}

/** Says of every operation of a document whether it asks for a key, and what it answers where the key is not good. */
export const describeAccess = (paths: Paths): Paths =>
  Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => {
          const scope = scopeOf(method.toUpperCase(), path)
          return [
            method,
            scope === undefined ? { ...operation, security: [] } : withRefusals(operation, scope),
          ]
        }),
      ),
    ]),
  )
