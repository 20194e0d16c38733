import { fromBinary } from '@bufbuild/protobuf'
import { invalidModel, OnnxError, unsupportedNodes } from '../errors.ts'
import { type ModelProto, ModelProtoSchema } from '../gen/onnx_pb.ts'
import type { Model } from '../graph/types.ts'
import { findProblems } from '../passes/verify.ts'
import type { ExternalFiles } from './external.ts'
import { defaultLimits, type ReadLimits } from './limits.ts'
import { normalize } from './normalize.ts'
import { type ReadContext, readGraph, recordOf } from './read-graph.ts'
import { exactInteger } from './read-tensor.ts'
import { scanModel } from './scan.ts'

/** Operator set versions of the default domain that are read, both ends included. */
export const supportedOpsets = { min: 11, max: 22 } as const

/** IR versions that are read, both ends included. */
export const supportedIrVersions = { min: 3, max: 13 } as const

/** Options of {@link readModel}. */
export interface ReadOptions {
  /** Gives files with external weights by their location; 'keep' leaves the references in the model. */
  readonly external?: ExternalFiles | 'keep'
  /** Limits of the hostile-model gate in place of {@link defaultLimits}. */
  readonly limits?: Partial<ReadLimits>
}

const unsupported = (message: string, details: Readonly<Record<string, unknown>>): OnnxError =>
  new OnnxError('model-not-supported', message, details)

function readVersions(proto: ModelProto): { irVersion: number; opsets: Record<string, number> } {
  const irVersion = exactInteger(proto.irVersion, 'the IR version')
  if (irVersion < supportedIrVersions.min || irVersion > supportedIrVersions.max) {
    throw unsupported(`IR version ${irVersion} is not read, only 3 to 13`, { irVersion })
  }
  const opsets: Record<string, number> = {}
  for (const { domain, version } of proto.opsetImport) {
    opsets[domain === 'ai.onnx' ? '' : domain] = exactInteger(version, `the operator set ${domain}`)
  }
  const opset = opsets['']
  if (opset === undefined) {
    throw new OnnxError(
      'model-truncated',
      'the model does not say which operator set it uses: it may be cut short',
    )
  }
  const { min, max } = supportedOpsets
  if (opset < min || opset > max) {
    throw unsupported(
      `operator set ${opset} is not read, only ${min} to ${max}: export the model again with one of these`,
      { opset },
    )
  }
  return { irVersion, opsets }
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (error) {
    throw new OnnxError('model-not-onnx', `not an ONNX model: ${(error as Error).message}`)
  }
}

/**
 * Reads an ONNX model (operator sets 11 to 22). The weights are views of `bytes`, which must not change afterwards.
 *
 * The model comes in a normal form: nodes in topological order, each with a unique name (its own, or its first
 * output's), Constant nodes as initializers, Identity of an initializer replaced by it, initializers not among
 * the inputs.
 *
 * Throws {@link OnnxError}: `model-not-onnx`, `model-truncated`, `model-too-large`, `model-not-supported` (with
 * every node in question) or `model-invalid` (with every problem).
 */
export function readModel(bytes: Uint8Array, options: ReadOptions = {}): Model {
  const file = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const limits = { ...defaultLimits, ...options.limits }
  scanModel(file, limits)
  const proto = decode(file)
  if (proto.graph === undefined)
    throw new OnnxError('model-truncated', 'the model has no graph: it may be cut short')
  const versions = readVersions(proto)
  if (proto.functions.length > 0) {
    const functions = proto.functions.map((f) => `${f.domain}:${f.name}`)
    throw unsupported(`model-local functions are not read: ${functions.join(', ')}`, { functions })
  }
  const source = { external: options.external, rank: limits.rank }
  const context: ReadContext = { source, problems: [], unsupported: [] }
  const graph = readGraph(proto.graph, context)
  if (context.unsupported.length > 0) throw unsupportedNodes(context.unsupported)
  const normal = normalize(graph)
  const problems = [...context.problems, ...findProblems(normal)]
  if (problems.length > 0) throw invalidModel(problems)
  const producer = [proto.producerName, proto.producerVersion].filter((s) => s !== '').join(' ')
  return { ...versions, producer, graph: normal, metadata: recordOf(proto.metadataProps) }
}
