import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { GraphProtoSchema, ModelProtoSchema, TensorProtoSchema } from '../gen/onnx_pb.ts'
import type { Constant, Model } from '../graph/types.ts'
import { entriesOf, tensorHeader, writeGraph } from './write-graph.ts'

/** Field numbers that the writer puts together by hand, so that weight bytes are never copied. */
const fields = { graph: 7, initializer: 5, rawData: 9 } as const

/** From this IR version on initializers need not be graph inputs as well. */
const leastIrVersion = 4

const byteLength = (parts: readonly Uint8Array[]): number => parts.reduce((sum, p) => sum + p.byteLength, 0)

/** Tag and length of a field, in front of its bytes. */
const lead = (field: number, length: number): Uint8Array =>
  new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish()

/** An initializer: its header, and its bytes as they are. */
function tensorParts(name: string, constant: Constant): readonly Uint8Array[] {
  const header = toBinary(TensorProtoSchema, create(TensorProtoSchema, tensorHeader(name, constant)))
  const { data } = constant
  const bytes = data.kind === 'inline' ? [lead(fields.rawData, data.bytes.byteLength), data.bytes] : []
  const parts = [header, ...bytes]
  return [lead(fields.initializer, byteLength(parts)), ...parts]
}

/**
 * The bytes of a model file in pieces, to be written one after another. Weights are the model's own bytes, not
 * copies. The IR version is raised to 4 where it is less, because initializers are not listed among the inputs.
 */
export function writeModelParts(model: Model): readonly Uint8Array[] {
  const head = create(ModelProtoSchema, {
    irVersion: BigInt(Math.max(model.irVersion, leastIrVersion)),
    producerName: model.producer,
    opsetImport: Object.entries(model.opsets).map(([domain, version]) => ({
      domain,
      version: BigInt(version),
    })),
    metadataProps: entriesOf(model.metadata),
  })
  const graph = toBinary(GraphProtoSchema, writeGraph(model.graph))
  const tensors = [...model.graph.initializers].flatMap(([name, constant]) => tensorParts(name, constant))
  const graphLength = graph.byteLength + byteLength(tensors)
  return [toBinary(ModelProtoSchema, head), lead(fields.graph, graphLength), graph, ...tensors]
}

/** A model as one ONNX file. What {@link readModel} gives back for it is the same model. */
export function writeModel(model: Model): Uint8Array {
  const parts = writeModelParts(model)
  const bytes = new Uint8Array(byteLength(parts))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}
