import { readFile, stat } from 'node:fs/promises'
import { ProblemError } from '@crp-serve/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type ApiKey, type ApiKeys, allows, findKey, parseKeys } from '../access/keys.ts'
import { scopeOf } from '../access/scope.ts'
import type { GatewayOptions } from '../options.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that the request came with; null where none is asked for. */
    apiKey: ApiKey | null
  }
}

/** How soon a changed file of keys is read again. */
const RELOAD_MS = 5000

const realm = 'Bearer realm="crp-serve"'

/** The bearer token of a request. */
const tokenOf = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]

/** @throws ProblemError `unauthenticated`, with the challenge in the answer (RFC 6750, section 3) */
function authenticate(keys: ApiKeys, request: FastifyRequest, reply: FastifyReply): ApiKey {
  const token = tokenOf(request)
  const key = token === undefined ? undefined : findKey(keys, token)
  if (key !== undefined) return key
  const missing = request.headers.authorization === undefined
  reply.header('www-authenticate', missing ? realm : `${realm}, error="invalid_token"`)
  throw new ProblemError(
    'unauthenticated',
    missing
      ? 'Send an API key as `authorization: Bearer …`.'
      : 'The API key is not known here, or `authorization` is not `Bearer …`.',
  )
}

/** Keeps the keys of a file, and reads it again when it has changed. A file that cannot be read changes nothing. */
async function watchKeys(path: string, onError: (error: unknown) => void) {
  let { mtimeMs } = await stat(path)
  let keys = parseKeys(await readFile(path, 'utf8'))
  const reload = async () => {
    try {
      const seen = (await stat(path)).mtimeMs
      if (seen === mtimeMs) return
      keys = parseKeys(await readFile(path, 'utf8'))
      mtimeMs = seen
    } catch (error) {
      onError(error)
    }
  }
  const timer = setInterval(() => void reload(), RELOAD_MS).unref()
  return { keys: () => keys, reload, stop: () => clearInterval(timer) }
}

/** API keys as bearer tokens, where a file of them is configured. They are checked before a body is read. */
export const access = fp<GatewayOptions>(async (app, { apiKeysFile }) => {
  app.decorateRequest('apiKey', null)
  if (!apiKeysFile) return
  const watched = await watchKeys(apiKeysFile, (err) =>
    app.log.error({ err }, 'the API keys cannot be read; those known before stay'),
  )
  app.addHook('onClose', async () => watched.stop())
  // Shared caches may keep what is public and give it to those without a key (RFC 9111, section 3.5).
  app.addHook('onSend', async ({ apiKey }, reply) => {
    const cacheControl = reply.getHeader('cache-control')
    if (apiKey !== null && typeof cacheControl === 'string')
      reply.header('cache-control', cacheControl.replace(/^public\b/, 'private'))
  })
  app.addHook('onRequest', async (request, reply) => {
    const { url } = request.routeOptions
    const scope = url === undefined ? undefined : scopeOf(request.method, url)
    if (scope === undefined) return
    request.apiKey = authenticate(watched.keys(), request, reply)
    request.tenant = `key ${request.apiKey.id}`
    if (allows(request.apiKey, scope)) return
    reply.header('www-authenticate', `${realm}, error="insufficient_scope", scope="${scope}"`)
    throw new ProblemError(
      'forbidden',
      `The key "${request.apiKey.id}" has the scope "${request.apiKey.scope}"; "${scope}" is needed.`,
    )
  })
})
