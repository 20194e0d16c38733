import type { Scope } from './keys.ts'

/** Routes that answer without a key: what probes and people read first. */
const open = /^\/($|healthz$|readyz$|openapi\.json$|docs(\/|$)|problems(\/|$)|v2$|v2\/health\/)/

/** Routes whose POST changes what others use. */
const shared = /\/(models|datasets|feature-visualizations\/import)$/

/**
 * The scope that a route asks for; undefined where it asks for none.
 * @param url as the route is registered, or as OpenAPI writes it
 */
export function scopeOf(method: string, url: string): Scope | undefined {
  if (open.test(url)) return undefined
  if (method === 'GET' || method === 'HEAD') return 'read'
  if (method === 'POST') return shared.test(url) ? 'admin' : 'explain'
  return /\/jobs\/[:{]/.test(url) ? 'explain' : 'admin'
}
