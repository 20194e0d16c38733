import { ProblemError } from '@crp-serve/contracts'
import type { FastifyInstance, FastifyPluginAsync, HTTPMethods } from 'fastify'
import fp from 'fastify-plugin'

const known: readonly HTTPMethods[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
]

/** Answers 405 to every known method that no route of a path takes, before a body is read. */
function refuseOthers(app: FastifyInstance, url: string, taken: ReadonlySet<string>): void {
  const others = known.filter((method) => !taken.has(method))
  if (others.length === 0) return
  const allow = known.filter((method) => taken.has(method)).join(', ')
  app.route({
    url,
    method: [...others],
    schema: { hide: true },
    onRequest: async (request, reply) => {
      reply.header('allow', allow)
      throw new ProblemError(
        'method-not-allowed',
        `${request.method} is not allowed here; allowed are ${allow}.`,
      )
    },
    // Never reached: the hook throws.
    handler: async () => undefined,
  })
}

/** Registers `routes`, and 405 for the methods that they leave out. */
export const methods = fp<{ routes: FastifyPluginAsync }>(async (app, { routes }) => {
  const taken = new Map<string, Set<string>>()
  let collecting = true
  app.addHook('onRoute', ({ url, method }) => {
    if (!collecting) return
    const set = taken.get(url) ?? new Set()
    for (const one of [method].flat()) set.add(one)
    taken.set(url, set)
  })
  await app.register(routes)
  collecting = false
  for (const [url, set] of taken) refuseOthers(app, url, set)
})
