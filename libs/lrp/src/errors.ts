/** A node that cannot be explained, and why. */
export interface UnsupportedNode {
  readonly node: string
  readonly op: string
  readonly reason: string
}

/** An error of this library with a stable code; `details` carry what a client needs to mend it. */
export class LrpError extends Error {
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'LrpError'
    this.code = code
    this.details = details
  }
}

/** One error for the whole model that names every node which cannot be explained. */
export function unsupported(nodes: readonly UnsupportedNode[]): LrpError {
  const list = nodes.map((n) => `${n.op} ${n.node} (${n.reason})`).join('; ')
  return new LrpError('model-not-supported', `${nodes.length} node(s) cannot be explained: ${list}`, {
    nodes,
  })
}
