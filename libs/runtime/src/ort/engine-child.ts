/** Entry module of an engine child: ONNX Runtime behind three handlers. */

import { env } from 'onnxruntime-node'
import type { HandlerContext } from '../pool/protocol.ts'
import { serveChild } from '../pool/serve-child.ts'
import { execute, modelInfo } from './execute.ts'
import { probeExecutionProvider } from './probe.ts'
import type { EngineSettings, ModelInfo, ProgramResult, Step } from './program.ts'
import { SessionCache } from './session-cache.ts'

function engineHandlers(sessions: SessionCache) {
  return {
    execute: (steps: readonly Step[], { signal }: HandlerContext): Promise<ProgramResult> =>
      execute(sessions, steps, signal),
    describe: async (path: string): Promise<ModelInfo> => modelInfo(await sessions.get(path)),
    evict: (prefix: string): Promise<number> => sessions.evict(prefix),
  }
}

export type EngineHandlers = ReturnType<typeof engineHandlers>

serveChild(async (settings: EngineSettings) => {
  // The environment's own log keeps errors: the reason why a provider's library does not load stands only there.
  env.logLevel = 'error'
  await probeExecutionProvider(settings)
  const sessions = new SessionCache(settings)
  return { handlers: engineHandlers(sessions), held: () => sessions.paths() }
})
