/**
 * Codes of the errors of this library:
 * - `model-not-onnx`: the bytes are no ONNX model at all, or are damaged inside;
 * - `model-truncated`: an ONNX model that ends too early;
 * - `model-too-large`: more nodes, numbers, nesting or text than the limits allow;
 * - `model-not-supported`: a valid model with something that this project does not read; `details.nodes` names every node;
 * - `model-invalid`: it breaks the ONNX IR specification; `details.problems` lists everything found;
 * - `input-size-needed`: an axis of an input is free and no size was given; `details.inputs` says which;
 * - `input-size-wrong`: a size was given for an input, and the model can not take it;
 * - `shape-mismatch`: shapes that the model's own operators do not accept.
 */
export type OnnxErrorCode =
  | 'model-not-onnx'
  | 'model-truncated'
  | 'model-too-large'
  | 'model-not-supported'
  | 'model-invalid'
  | 'input-size-needed'
  | 'input-size-wrong'
  | 'shape-mismatch'

/** An error of this library with a stable code; `details` carry what a client needs to mend it. */
export class OnnxError extends Error {
  readonly code: OnnxErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: OnnxErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'OnnxError'
    this.code = code
    this.details = details
  }
}

/** A node that stops a model from being read or understood, and why. */
export interface NodeProblem {
  readonly node: string
  readonly op: string
  readonly reason: string
}

/** One `model-not-supported` error that names every node in question. */
export function unsupportedNodes(nodes: readonly NodeProblem[]): OnnxError {
  const list = nodes.map((n) => `${n.op} ${n.node} (${n.reason})`).join('; ')
  return new OnnxError('model-not-supported', `${nodes.length} node(s) are not supported: ${list}`, { nodes })
}

/** One `model-invalid` error that lists everything found. */
export function invalidModel(problems: readonly string[]): OnnxError {
  return new OnnxError('model-invalid', `the model breaks the ONNX specification: ${problems.join('; ')}`, {
    problems,
  })
}
