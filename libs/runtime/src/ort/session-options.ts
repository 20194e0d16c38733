import type { InferenceSession } from 'onnxruntime-node'
import type { EngineSettings } from './program.ts'
import type { FolderOptions } from './session-file.ts'

const fatalOnly = 4

const nothingPacked: FolderOptions = { packsMatrices: false }

/**
 * Options of a session. Without prepacking ONNX Runtime keeps no second, private copy of the weights: as fast on the
 * convolutional models measured, a third less memory, a quarter of the load time. Products of many rows by one matrix sum in
 * the same order whatever their number only where it is packed, and are 7 to 10 % faster then. The CPU arena stays on
 * (off is 1.6 times slower). A memory pattern would be a second copy of everything that the first run took, for each shape
 * of the inputs, and is not faster.
 *
 * Threads do not spin when they have nothing to do. Those of one session would go on for a while after its run and take
 * the cores from the session that runs next.
 *
 * Results on the CPU provider: convolutions over planes with channels in fours, products by packed matrices, average
 * pools, softmax and layer norms are bit-equal whatever the batch. Other convolutions and products are not (one row takes
 * another kernel, and with several threads the number of rows decides how sums are cut), nor are Reduce operators (their
 * order goes by where a row lies in memory) and functions such as Log, Elu or Softplus (the last elements of a tensor are
 * computed in another way). libs/lrp (`compile/forward.ts`) writes all of these in forms that are bit-equal.
 *
 * ONNX Runtime's own lines on stderr are off: its errors reach the caller as errors.
 */
export function sessionOptions(
  settings: EngineSettings,
  { packsMatrices } = nothingPacked,
): InferenceSession.SessionOptions {
  const disablePrepacking = packsMatrices ? '0' : '1'
  return {
    executionProviders: [settings.executionProvider],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: true,
    enableMemPattern: false,
    logSeverityLevel: fatalOnly,
    extra: { session: { disable_prepacking: disablePrepacking, intra_op: { allow_spinning: '0' } } },
  }
}
