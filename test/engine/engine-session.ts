import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { multipliesTokens } from '@crp-serve/lrp'
import { writeModel } from '@crp-serve/onnx'
import {
  type Feed,
  type Runtime,
  type Step,
  startRuntime,
  type Tensor,
  writeFolderOptions,
} from '@crp-serve/runtime'
import type { CompiledRun, RowFeeds } from './compiled-run.ts'

/** Fetched tensors by the names of the graph's outputs. */
export type Fetched = Readonly<Record<string, Tensor>>

/** What `run` needs of a compiled graph; the model that it explains says how sessions are made. */
interface Graphs {
  readonly compiled: Pick<CompiledRun['compiled'], 'model'>
  readonly explainable?: CompiledRun['explainable']
}

/** One engine child of ONNX Runtime on the CPU, and a folder for the graphs that it runs. */
export class EngineSession {
  readonly #runtime: Runtime
  readonly #folder = mkdtempSync(join(tmpdir(), 'crp-engine-tests-'))
  #files = 0

  private constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  static async start(threads = 2): Promise<EngineSession> {
    const memoryBytes = 2 ** 31
    const limits = { memoryBytes, memoryLimitBytes: 2 * memoryBytes }
    return new EngineSession(
      await startRuntime({ processes: 1, executionProvider: 'cpu', threads, ...limits }),
    )
  }

  async close(): Promise<void> {
    await this.#runtime.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Runs one compiled graph once for each set of feeds; everything that it puts out is fetched. */
  async run({ compiled, explainable }: Graphs, feeds: readonly RowFeeds[]): Promise<readonly Fetched[]> {
    await this.#prepare(explainable)
    const model = this.#write(writeModel(compiled.model))
    const fetch = compiled.model.graph.outputs.map((output) => output.name)
    return this.#execute(feeds.map((given) => ({ model, feeds: given, fetch })))
  }

  /**
   * Runs the parts of a cut graph one after the other. Each part is fed from the feeds of its own number and reads
   * what earlier parts kept; the outputs of all parts are returned together.
   */
  async runParts({ parts, explainable }: CompiledRun, feeds: RowFeeds): Promise<Fetched> {
    await this.#prepare(explainable)
    const steps = parts.map((part): Step => {
      const given = part.feeds.map((name): [string, Feed] => [name, feeds[name]!])
      const read = part.reads.map((name): [string, Feed] => [name, { slot: name }])
      return {
        model: this.#write(writeModel(part.model)),
        feeds: Object.fromEntries([...given, ...read]),
        fetch: part.outputs,
        keep: Object.fromEntries(part.keeps.map((name) => [name, name])),
      }
    })
    return Object.assign({}, ...(await this.#execute(steps)))
  }

  async #execute(steps: readonly Step[]): Promise<readonly Fetched[]> {
    const { outputs } = await this.#runtime.execute(steps)
    await this.#runtime.evict(this.#folder)
    for (const path of new Set(steps.map((step) => step.model))) rmSync(path)
    return outputs
  }

  #prepare(explainable: Graphs['explainable']): Promise<void> {
    return writeFolderOptions(this.#folder, {
      packsMatrices: explainable !== undefined && multipliesTokens(explainable),
    })
  }

  #write(bytes: Uint8Array): string {
    const path = join(this.#folder, `${this.#files++}.onnx`)
    writeFileSync(path, bytes)
    return path
  }
}
