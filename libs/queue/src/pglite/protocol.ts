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

/** The lines of a stream of text. */
export async function* linesOf(chunks: AsyncIterable<string | Buffer>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop()!
    yield* lines
  }
}
