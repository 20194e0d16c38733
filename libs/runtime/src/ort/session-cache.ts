import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { RuntimeError } from '../errors.ts'
import { privateMemory } from '../pool/memory.ts'
import type { EngineSettings } from './program.ts'
import { folderOptions } from './session-file.ts'
import { sessionOptions } from './session-options.ts'

interface Entry {
  readonly session: InferenceSession
  /** Private memory that loading took, or the size of the graph file where that is more (reused pages hide growth). */
  readonly loadBytes: number
  /** The most that one run added (the session's arena). */
  runBytes: number
}

/**
 * The sessions of one child, least recently used first out when they take more than the budget. The key is the path:
 * paths are content-addressed and the options go by the folder. The session in use is never evicted, so one that
 * is larger than the budget alone still runs.
 */
export class SessionCache {
  readonly #settings: EngineSettings
  /** In order of use: a Map keeps insertion order, and every use inserts anew. */
  readonly #entries = new Map<string, Entry>()
  /** What sessions took when they were last held, bytes. */
  readonly #sizes = new Map<string, number>()

  constructor(settings: EngineSettings) {
    this.#settings = settings
  }

  /** Paths of the sessions held. */
  paths(): string[] {
    return [...this.#entries.keys()]
  }

  /**
   * The session of the model at an absolute path.
   * @throws RuntimeError `model-load-failed` with ONNX Runtime's message
   */
  async get(path: string): Promise<InferenceSession> {
    const entry = this.#entries.get(path) ?? (await this.#load(path))
    this.#entries.delete(path)
    this.#entries.set(path, entry)
    await this.#trim(path)
    return entry.session
  }

  /**
   * Loads sessions that run one after the other, unless they are known not to fit into the budget together. What loading
   * one takes for a while is gone again before the arenas of the others grow, so that the peak of a first run is lower.
   * @param proceed is asked before each; what it throws ends the loading
   * @throws RuntimeError `model-load-failed` with ONNX Runtime's message
   */
  async loadAll(paths: readonly string[], proceed: () => Promise<void>): Promise<void> {
    const needed = paths.reduce((sum, path) => sum + (this.#sizes.get(path) ?? 0), 0)
    if (needed > this.#settings.memoryBytes) return
    for (const path of paths) {
      await proceed()
      await this.get(path)
    }
  }

  /** Tells what one run of a session added to the private memory, in bytes. */
  async noteRun(path: string, grownBytes: number): Promise<void> {
    const entry = this.#entries.get(path)
    if (!entry || grownBytes <= entry.runBytes) return
    entry.runBytes = grownBytes
    this.#sizes.set(path, entry.loadBytes + grownBytes)
    await this.#trim(path)
  }

  /** Releases the sessions whose path starts with `prefix`; tells how many. */
  async evict(prefix: string): Promise<number> {
    const paths = this.paths().filter((path) => path.startsWith(prefix))
    for (const path of paths) await this.#release(path)
    for (const path of this.#sizes.keys()) if (path.startsWith(prefix)) this.#sizes.delete(path)
    return paths.length
  }

  async #load(path: string): Promise<Entry> {
    const before = privateMemory()
    try {
      if (!isAbsolute(path)) throw new Error('a model is named by its absolute path')
      const options = sessionOptions(this.#settings, await folderOptions(path))
      const session = await InferenceSession.create(path, options)
      const { size } = await stat(path)
      const loadBytes = Math.max(size, privateMemory() - before)
      this.#sizes.set(path, Math.max(loadBytes, this.#sizes.get(path) ?? 0))
      return { session, loadBytes, runBytes: 0 }
    } catch (error) {
      throw new RuntimeError(
        'model-load-failed',
        `The model could not be loaded: ${(error as Error).message}`,
        {
          details: { model: path },
        },
      )
    }
  }

  async #trim(inUse: string): Promise<void> {
    for (const path of this.paths()) {
      if (this.#bytes() <= this.#settings.memoryBytes) return
      if (path !== inUse) await this.#release(path)
    }
  }

  #bytes(): number {
    return [...this.#entries.values()].reduce((sum, entry) => sum + entry.loadBytes + entry.runBytes, 0)
  }

  async #release(path: string): Promise<void> {
    const entry = this.#entries.get(path)
    this.#entries.delete(path)
    await entry?.session.release()
  }
}
