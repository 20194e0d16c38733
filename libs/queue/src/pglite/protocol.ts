import type { Socket } from 'node:net'

/**
 * How processes share one PGlite: every client connection is a TCP connection over which lines of JSON go. The first line
 * of a client is the password; then requests, answered in order of their execution by their `id`, and notifications.
 */
export interface SqlRequest {
  readonly id: number
  readonly text: string
  readonly params?: readonly unknown[]
}

export interface SqlResult {
  readonly rows: readonly unknown[]
  readonly rowCount: number
}

/** What the server sends. */
export type ServerLine =
  | { readonly id: number; readonly result: SqlResult }
  | {
      readonly id: number
      readonly error: { readonly message: string; readonly code?: string; readonly detail?: string }
    }
  | { readonly channel: string; readonly payload: string }

/** Numbers beyond what JSON holds travel as text, as the driver of PostgreSQL gives them. */
export const lineOf = (value: unknown): string =>
  `${JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))}\n`

/** The lines that come over a connection, UTF-8; what stands behind the last line break is none. */
export async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let parts: string[] = []
  for await (const chunk of socket.setEncoding('utf8') as AsyncIterable<string>) {
    const [end, ...starts] = chunk.split('\n') as [string, ...string[]]
    parts.push(end)
    for (const start of starts) {
      yield parts.join('')
      parts = [start]
    }
  }
}
