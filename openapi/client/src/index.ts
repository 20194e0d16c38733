import createFetchClient, { type Client, type ClientOptions } from 'openapi-fetch'
import type { components, paths } from './gen/schema.ts'

export type { components, paths } from './gen/schema.ts'

/** The messages of the API by name. */
export type Schemas = components['schemas']

/** What the client reads; for .npz archives use `fetch` itself. */
type Media = 'application/json' | 'application/problem+json'

/** A client that knows every route, request, answer and problem of the API. */
export type CrpServeClient = Client<paths, Media>

/**
 * Creates a client.
 * @param options `baseUrl` such as http://127.0.0.1:8080; `fetch` and headers as openapi-fetch takes them
 */
export const createClient = (options: ClientOptions): CrpServeClient =>
  createFetchClient<paths, Media>(options)
