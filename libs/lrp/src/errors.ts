/** A node that cannot be explained, and why. */
export interface UnsupportedNode {
  readonly node: string
  readonly op: string
  readonly reason: string
  /** What would let relevance pass. */
  readonly needs: string
}

/** An error of this library with a stable code; `details` carry what a client needs to mend it. */
export class LrpError extends Error {
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>
  /** JSON pointer of what is at fault inside a composite; empty where that is the whole, or no composite. */
  readonly place: string

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}, place = '') {
    super(message)
    this.name = 'LrpError'
    this.code = code
    this.details = details
    this.place = place
  }
}

/** Does work that is about one part of a composite: errors get that part's JSON pointer in front of their own. */
export function within<T>(place: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof LrpError)) throw error
    throw new LrpError(error.code, error.message, error.details, `${place}${error.place}`)
  }
}

/** One error for the whole model that names every node which cannot be explained. */
export function unsupportedError(nodes: readonly UnsupportedNode[]): LrpError {
  const list = nodes.map((n) => `${n.op} ${n.node} (${n.reason})`).join('; ')
  return new LrpError('model-not-supported', `${nodes.length} node(s) cannot be explained: ${list}`, {
    nodes,
  })
}
