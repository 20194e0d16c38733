import { fileURLToPath } from 'node:url'
import { type ChildEntry, childEntry } from '../pool/child-entry.ts'
import type { RequestOptions } from '../pool/job.ts'
import { type PoolEvent, type PoolStatus, ProcessPool } from '../pool/pool.ts'
import type { EngineHandlers } from './engine-child.ts'
import type { EngineSettings, ModelInfo, ProgramResult, Step } from './program.ts'

export interface RuntimeOptions extends EngineSettings {
  /** Number of engine children; one computes at a time in each. */
  readonly processes: number
  /** Private memory at which a child is replaced between two requests, bytes. */
  readonly memoryLimitBytes: number
  /** Programs that may wait; one more is `overloaded`. Default 256. */
  readonly queueLimit?: number
  /** How long a cancelled program's current step may go on before its child is killed. Default 3000 ms. */
  readonly cancelGraceMs?: number
  readonly onEvent?: (event: PoolEvent) => void
}

/** What the caller of `execute` and `describe` may ask for; see `RequestOptions`. */
export type ExecuteOptions = Omit<RequestOptions, 'affinity'>

/** A program's result with the time it waited for an engine child, ms. */
export interface Execution extends ProgramResult {
  readonly queueMs: number
}

/** ONNX Runtime in child processes. Every method rejects with a `RuntimeError`; see its codes. */
export interface Runtime {
  /**
   * Runs a program: its steps run in one child with nothing else in between, and what a step keeps is used by later
   * ones without leaving the child. A child that holds the models' sessions already is preferred.
   */
  execute(steps: readonly Step[], options?: ExecuteOptions): Promise<Execution>
  /** Inputs and outputs of the model at an absolute path; its session stays cached. */
  describe(path: string, options?: ExecuteOptions): Promise<ModelInfo>
  /** Releases, in every child, the sessions of models whose path starts with the prefix. */
  evict(pathPrefix: string): Promise<void>
  status(): PoolStatus
  /** Takes no more programs and resolves when those at hand are answered. */
  drain(): Promise<void>
  /** Ends the children; programs that wait or run are rejected. */
  close(): Promise<void>
}

/**
 * Starts the engine children. ONNX Runtime's CPU provider is part of its package; the CUDA provider (Linux x64, CUDA 12)
 * is installed by `node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12`.
 * @throws RuntimeError `execution-provider-unavailable` when ONNX Runtime cannot use the configured provider here; it
 * never falls back to another one.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { processes, executionProvider, threads, memoryBytes, ...pooling } = options
  const settings: EngineSettings = { executionProvider, threads, memoryBytes }
  const pool = await ProcessPool.start<EngineHandlers>({
    ...pooling,
    entry: withEngineEnvironment(childEntry('./engine-child', import.meta.url)),
    settings,
    size: processes,
  })
  return {
    async execute(steps, requestOptions = {}) {
      const affinity = [...new Set(steps.map((step) => step.model))]
      const { value, queueMs } = await pool.request('execute', steps, { ...requestOptions, affinity })
      return { ...value, queueMs }
    },
    async describe(path, requestOptions = {}) {
      return (await pool.request('describe', path, { ...requestOptions, affinity: [path] })).value
    },
    async evict(pathPrefix) {
      // A child that ended before its turn holds nothing any more.
      await pool.broadcast('evict', pathPrefix)
    },
    status: () => pool.status(),
    drain: () => pool.drain(),
    close: () => pool.close(),
  }
}

/**
 * What glibc reads when a process begins (other C libraries ignore it): blocks from 1 MiB on are mapped each for itself, and so go
 * back to the system when they are freed. By default the limit grows to 32 MiB with the blocks that are freed, and the copies
 * of weights that ONNX Runtime makes while it loads a session stay as holes in the heap.
 */
const glibcTunables = 'glibc.malloc.mmap_threshold=1048576'

/**
 * The entry with the variables of `engine.env` in its environment. They must be there before the process starts: ONNX
 * Runtime reads its telemetry switch when it initializes. Node refuses to start where the file is missing. A
 * `GLIBC_TUNABLES` of the service itself has precedence.
 */
export function withEngineEnvironment(entry: ChildEntry): ChildEntry {
  const path = fileURLToPath(new URL('../../engine.env', import.meta.url))
  const env = { GLIBC_TUNABLES: glibcTunables }
  return { ...entry, env, execArgv: [...entry.execArgv, `--env-file=${path}`] }
}
