/** ONNX Runtime, without its telemetry: the only module that imports onnxruntime-node. */
import './no-telemetry.ts'

export { env, InferenceSession, Tensor } from 'onnxruntime-node'
