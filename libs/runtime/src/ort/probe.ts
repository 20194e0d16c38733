import { InferenceSession } from 'onnxruntime-node'
import { RuntimeError } from '../errors.ts'
import type { EngineSettings } from './program.ts'
import { sessionOptions } from './session-options.ts'

/** A complete ONNX model (IR version 8, opset 13): y = Relu(x), x and y float[1]. */
const reluModel = Buffer.from(
  'CAhCAhANOjMKDAoBeBIBeSIEUmVsdRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAE=',
  'base64',
)

/**
 * Creates a session of one Relu on the configured execution provider. ONNX Runtime gives nodes that a provider does
 * not take to the CPU without a word; here that is forbidden, so that a provider that takes nothing is found out.
 * @throws RuntimeError `execution-provider-unavailable`
 */
export async function probeExecutionProvider(settings: EngineSettings): Promise<void> {
  const provider = settings.executionProvider
  const options = sessionOptions(settings)
  const strict =
    provider === 'cpu' ? options : { ...options, extra: { session: { disable_cpu_ep_fallback: '1' } } }
  try {
    const session = await InferenceSession.create(reluModel, strict)
    await session.release()
  } catch (error) {
    throw new RuntimeError(
      'execution-provider-unavailable',
      `ONNX Runtime's ${provider} execution provider is not usable here: ${(error as Error).message}`,
      { details: { provider } },
    )
  }
}
