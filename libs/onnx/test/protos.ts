import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  type GraphProto,
  type GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type NodeProtoSchema,
  type TensorProto,
  type TensorProtoSchema,
  type TypeProtoSchema,
} from '../src/gen/onnx_pb.ts'
import { type Model, OnnxError, type ReadOptions, readModel } from '../src/index.ts'

/** Parts of a model in the wire format, as tests write them down. */
export type GraphInit = Exclude<MessageInitShape<typeof GraphProtoSchema>, GraphProto>
export type TypeInit = MessageInitShape<typeof TypeProtoSchema>
export type TensorInit = Exclude<MessageInitShape<typeof TensorProtoSchema>, TensorProto>
export type NodeInit = Exclude<MessageInitShape<typeof NodeProtoSchema>, NodeProto>
export type ModelInit = Exclude<MessageInitShape<typeof ModelProtoSchema>, ModelProto>

const float: TypeInit = { value: { case: 'tensorType', value: { elemType: 1, shape: { dim: [{}] } } } }
/** The graph input x, the graph output y, and the node between them. */
export const x = { name: 'x', type: float }
export const y = { name: 'y', type: float }
export const relu: NodeInit = { opType: 'Relu', input: ['x'], output: ['y'] }

/** A model file: y = Relu(x), with parts of it replaced. */
export const modelBytes = (graph: GraphInit, rest: ModelInit = {}): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: 17n }],
      graph: { name: 'g', input: [x], output: [y], node: [relu], ...graph },
      ...rest,
    }),
  )

/** That file, read. */
export const read = (graph: GraphInit, rest?: ModelInit, options?: ReadOptions): Model =>
  readModel(modelBytes(graph, rest), options)

/** The error that a call throws. */
export function failure(f: () => unknown): OnnxError {
  try {
    f()
  } catch (error) {
    if (error instanceof OnnxError) return error
    throw error
  }
  throw new Error('it did not throw')
}
