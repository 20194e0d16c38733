import { createHash, randomBytes } from 'node:crypto'

/** What keys are for; each includes those before it. */
export const scopes = ['read', 'explain', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** A key of the file: its secret is not in it. */
export interface ApiKey {
  readonly id: string
  readonly scope: Scope
}

/** Keys by the SHA-256 of what clients send. */
export type ApiKeys = ReadonlyMap<string, ApiKey>

/** Secrets are 256 random bits, so that a plain hash of them cannot be searched. */
const digest = (key: string): string => createHash('sha256').update(key).digest('hex')

const line = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63}) sha256:([0-9a-f]{64}) (read|explain|admin)$/

/**
 * Reads a file of keys: a line for each, `id sha256:<hex> scope`; empty lines and those with # are comments.
 * @throws Error that names the line which is none, or an id that stands there twice
 */
export function parseKeys(text: string): ApiKeys {
  const keys = new Map<string, ApiKey>()
  const ids = new Set<string>()
  for (const [i, row] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(row)) continue
    const [, id, hash, scope] = line.exec(row.trim()) ?? []
    if (id === undefined)
      throw new Error(`line ${i + 1} of the API keys is not "id sha256:<hex> read|explain|admin"`)
    if (ids.has(id)) throw new Error(`line ${i + 1} of the API keys repeats the id "${id}"`)
    ids.add(id)
    keys.set(hash!, { id, scope: scope as Scope })
  }
  return keys
}

/** A new key, and its line for the file. */
export function newKey(id: string, scope: Scope): { readonly key: string; readonly line: string } {
  const key = `crp_${randomBytes(32).toString('base64url')}`
  const row = `${id} sha256:${digest(key)} ${scope}`
  parseKeys(row)
  return { key, line: row }
}

/** The key that a client sends; it is found by its hash, so that the time tells nothing of the others. */
export const findKey = (keys: ApiKeys, sent: string): ApiKey | undefined => keys.get(digest(sent))

/** Whether a key is good for what asks for a scope. */
export const allows = (key: ApiKey, scope: Scope): boolean =>
  scopes.indexOf(key.scope) >= scopes.indexOf(scope)
