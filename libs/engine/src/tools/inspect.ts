import type { Model as ModelInfo } from '@crp-serve/contracts'
import { normalizePreprocessing, type Preprocessing } from '@crp-serve/imaging'
import {
  analyse,
  probabilityNode,
  type Refusal,
  startLayer,
  type UnsupportedNode,
  unsupportedError,
} from '@crp-serve/lrp'
import type { DataType, DeclaredDim, Model, ValueInfo } from '@crp-serve/onnx'
import { EngineError } from '../errors.ts'
import { type Probability, probabilityOf } from './describe.ts'
import { fits, isFixed, nominalSize, preprocessedSize } from './input-size.ts'
import { canonized, readOriginal, withOutput, writePrepared } from './prepared.ts'

/** What an upload says of its model, as far as it matters for the inspection. */
export interface InspectRequest {
  /** Folder with the upload. */
  readonly content: string
  readonly preprocessing: unknown
  readonly output: string | undefined
  readonly start: 'logits' | 'output'
  readonly allowUnsupported: boolean
}

/** What the service has to know of a model; it is kept with the model's name. */
export interface Inspection {
  readonly opset: number
  readonly inputs: ModelInfo['inputs']
  readonly outputs: ModelInfo['outputs']
  /** Name of the explained output. */
  readonly output: string
  /** The input's declared shape, batch axis included; null where the model declares none. */
  readonly inputShape: readonly DeclaredDim[] | null
  /** Size for which layers are listed, where the model leaves axes open. */
  readonly nominalSize: readonly number[] | null
  readonly preprocessing: Preprocessing | null
  readonly probability: Probability
  readonly unsupported: readonly UnsupportedNode[]
  /** Batch norms that could not be merged. */
  readonly refused: readonly Refusal[]
}

/** Names of element types in the Open Inference Protocol. */
const datatypes: Readonly<Record<DataType, string>> = {
  float32: 'FP32',
  float64: 'FP64',
  float16: 'FP16',
  bfloat16: 'BF16',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  bool: 'BOOL',
  string: 'BYTES',
}

const tensorInfo = ({ name, dataType, shape }: ValueInfo): ModelInfo['inputs'][number] => ({
  name,
  shape: [...(shape ?? [])],
  datatype: datatypes[dataType],
})

/** Reads `preprocessing` of the metadata and holds it against the input. */
function readPreprocessing(given: unknown, shape: readonly DeclaredDim[] | null): Preprocessing | null {
  if (given === undefined || given === null) return null
  const preprocessing = pointed(() => normalizePreprocessing(given))
  const size = preprocessedSize(preprocessing)
  if (size === null || fits(shape, size)) return preprocessing
  const detail = `images become [N, ${size.join(', ')}], but the model takes [${shape!.map((d) => d ?? '?').join(', ')}]`
  throw new EngineError('preprocessing-invalid', detail, {
    pointer: '/preprocessing',
    details: { expected: shape, given: size },
  })
}

/** Moves the pointer of an error about the preprocessing to its place in the metadata. */
function pointed<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    const { code, pointer, message } = error as { code?: string; pointer?: string; message: string }
    if (code !== 'preprocessing-invalid') throw error
    throw new EngineError(code, message, { pointer: `/preprocessing${pointer ?? ''}` })
  }
}

/** Every node that cannot be explained; an error that is about something else stays one. */
function unsupportedNodes(model: Model, size: readonly number[] | null, start: InspectRequest['start']) {
  const input = model.graph.inputs[0]
  try {
    const sizes = input && size ? { [input.name]: size } : {}
    const explainable = analyse(model, sizes, { unsupported: 'collect' })
    if (explainable.unsupported.length === 0) startLayer(explainable, start)
    return explainable.unsupported
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code !== 'input-size-needed' && code !== 'shape-mismatch') throw error
    const hint = '; register it with a `preprocessing` that has a `size`, or export it with fixed axes'
    throw new EngineError('model-invalid', isFixed(input?.shape ?? null) ? message : message + hint)
  }
}

/**
 * Reads an uploaded model through the gate, canonizes and analyses it, and writes its prepared form beside the upload.
 * @throws errors with the codes `model-not-onnx`, `model-truncated`, `model-too-large`, `model-invalid`,
 * `model-not-supported` (unless it is allowed), `preprocessing-invalid`, `validation-failed` for an unknown output
 */
export async function inspect(request: InspectRequest): Promise<Inspection> {
  const original = await readOriginal(request.content)
  const chosen = withOutput(original, request.output)
  const input = chosen.graph.inputs[0]
  const inputShape = input?.shape ?? null
  const preprocessing = readPreprocessing(request.preprocessing, inputShape)
  const nominal = nominalSize(inputShape, preprocessedSize(preprocessing))
  const output = chosen.graph.outputs[0]!.name
  const preparation = {
    content: request.content,
    mergeBatchNorm: true,
    output,
    inputSize: isFixed(inputShape) ? null : nominal,
  }
  const { model, refused } = canonized(original, preparation)
  const unsupported = unsupportedNodes(model, nominal, request.start)
  if (unsupported.length > 0 && !request.allowUnsupported) throw unsupportedError(unsupported)
  await writePrepared(model, preparation)
  return {
    opset: original.opsets[''] ?? 0,
    inputs: original.graph.inputs.map(tensorInfo),
    outputs: original.graph.outputs.map(tensorInfo),
    output,
    inputShape,
    nominalSize: nominal,
    preprocessing,
    probability: probabilityOf(probabilityNode(model)?.op),
    unsupported,
    refused,
  }
}
