import { InferenceSession } from 'onnxruntime-node'
import { RuntimeError } from '../errors.ts'
import type { EngineSettings } from './program.ts'
import { sessionOptions } from './session-options.ts'

/** A complete ONNX model (IR version 8, opset 13): y = Relu(x), x and y float[1]. */
export const reluModel = Buffer.from(
  'CAhCAhANOjMKDAoBeBIBeSIEUmVsdRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAE=',
  'base64',
)

/**
 * Session options under which ONNX Runtime refuses a model of which any node would run on the CPU provider. Without
 * them it gives nodes that the configured provider does not take to the CPU without a word.
 */
export function withoutCpuFallback(settings: EngineSettings): InferenceSession.SessionOptions {
  return { ...sessionOptions(settings), extra: { session: { disable_cpu_ep_fallback: '1' } } }
}

/**
 * Creates a session of one Relu on the configured execution provider and on no other.
 * @throws RuntimeError `execution-provider-unavailable`
 */
export async function probeExecutionProvider(settings: EngineSettings): Promise<void> {
  const provider = settings.executionProvider
  const options = provider === 'cpu' ? sessionOptions(settings) : withoutCpuFallback(settings)
  try {
    const session = await InferenceSession.create(reluModel, options)
    await session.release()
  } catch (error) {
    throw new RuntimeError(
      'execution-provider-unavailable',
      `ONNX Runtime's ${provider} execution provider is not usable here: ${(error as Error).message}`,
      { details: { provider } },
    )
  }
}
