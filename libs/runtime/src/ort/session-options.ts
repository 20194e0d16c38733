import type { InferenceSession } from 'onnxruntime-node'
import type { EngineSettings } from './program.ts'

const fatalOnly = 4

/**
 * Options of every session. Without prepacking ONNX Runtime keeps no second, private copy of the weights: as fast on
 * the models measured, a third less memory, a quarter of the load time. The CPU arena stays on (off is 1.6 times slower).
 *
 * What that means for results on the CPU provider: convolutions, reductions and activations are bit-equal whatever the
 * batch. A Gemm or 2-D MatMul is bit-equal for every number of rows from two on, but a single row takes another
 * kernel (a matrix-vector product) and differs by rounding, 4e-7 to 5e-6 of the maximum as measured. Whoever builds a graph whose
 * results must not depend on the batch runs such a layer with at least two rows.
 *
 * ONNX Runtime's own lines on stderr are off: its errors reach the caller as errors.
 */
export function sessionOptions(settings: EngineSettings): InferenceSession.SessionOptions {
  return {
    executionProviders: [settings.executionProvider],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: true,
    logSeverityLevel: fatalOnly,
    extra: { session: { disable_prepacking: '1' } },
  }
}
