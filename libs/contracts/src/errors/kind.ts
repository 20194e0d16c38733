/** One row of the error table. */
export interface ErrorKind {
  /** HTTP status that the code answers with. */
  readonly status: number
  /** Short summary that never changes from one occurrence to the next (RFC 9457, section 3.1.3). */
  readonly title: string
  /** When a client meets it, and what helps. */
  readonly when: string
  /** Seconds for the `Retry-After` header, where trying again can help. */
  readonly retryAfter?: number
}
