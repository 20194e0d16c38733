export * from './attribution/attributor.ts'
export * from './attribution/checks.ts'
export * from './attribution/composite.ts'
export * from './attribution/composite-query.ts'
export * from './attribution/conditions.ts'
export * from './attribution/decode.ts'
export * from './attribution/graph.ts'
export * from './attribution/inputs.ts'
export * from './attribution/output.ts'
export * from './attribution/request.ts'
export * from './attribution/response.ts'
export * from './attribution/rules.ts'
export * from './attribution/task.ts'
export * from './datasets.ts'
export * from './errors/codes.ts'
export * from './errors/problem.ts'
export * from './inference/explain.ts'
export * from './inference/kserve.ts'
export * from './inference/messages.ts'
export * from './internal.ts'
export * from './job-messages.ts'
export * from './jobs.ts'
export * from './limits.ts'
export * from './models.ts'
export * from './names.ts'
export * from './readiness.ts'
export { mapOf, strict } from './schema/fields.ts'
export { nearest, nearestNames } from './schema/nearest.ts'
export { pointer, pointerSegments } from './schema/pointer.ts'
export { convertQuery } from './schema/query.ts'
export { matches, validate } from './schema/validate.ts'
export * from './visualization/import.ts'
export * from './visualization/manifest.ts'
export * from './visualization/picture.ts'
export * from './visualization/reference-query.ts'
export * from './visualization/reference-response.ts'
export * from './visualization/request.ts'
export * from './visualization/run.ts'
export { decodeBase64, encodeBase64 } from './wire/base64.ts'
export { elementBytes } from './wire/elements.ts'
export {
  byteLength,
  decodeEnvelope,
  ENVELOPE_TYPE,
  EnvelopeError,
  encodeEnvelope,
} from './wire/envelope.ts'
export { type BinaryTensor, Datatype, elementCount, ResultTensor, Tensor } from './wire/tensor.ts'
export {
  decodeTensor,
  encodeTensor,
  firstNotFinite,
  tensorOfBytes,
  toFloat32,
  valuesOf,
} from './wire/tensor-codec.ts'
