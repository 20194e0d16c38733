import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * On whose behalf a request is: the API key, or the client's address where there is none. Turns are fair among tenants,
     * and none of them fills the queue.
     */
    tenant: string
  }
}

/** Whose turn a request takes. */
export const tenants = fp(async (app) => {
  app.decorateRequest('tenant', '')
  app.addHook('onRequest', async (request) => {
    const { apiKey, ip } = request
    request.tenant = apiKey === null ? `address ${ip}` : `key ${apiKey.id}`
  })
})
