import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import {
  type AttributionTask,
  attributionTask,
  type BinaryTensor,
  type DecodedAttribution,
} from '@crp-serve/contracts'
import { type Engine, startEngine } from '@crp-serve/engine'

/** Row-major numbers and their shape. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/** A row of an answer. */
export type Row = Awaited<ReturnType<Engine['attribute']>>['results'][number]

/** What one explanation gives: the relevance at the input, and the trust block of its row. */
export interface Explained {
  readonly relevance: Float32Array
  readonly trust: Row['trust']
}

const config = (dataDir: string, threads: number) => ({
  dataDir,
  engineProcesses: 1,
  engineThreads: threads,
  engineMemoryBytes: 2 ** 31,
  engineRssLimit: 2 ** 34,
  executionProvider: 'cpu' as const,
  maxModelBytes: 2 ** 31,
  maxImageBytes: 2 ** 20,
  maxImagePixels: 2 ** 16,
  maxRows: 256,
})

export const asTensor = ({ shape, data }: Numbers): BinaryTensor => ({
  shape: [...shape],
  datatype: 'FP32',
  data: new Uint8Array(Float32Array.from(data).buffer),
})

/** The values of an answer's tensor. */
export const floats = ({ data }: { readonly data: Uint8Array }): Float32Array =>
  new Float32Array(new Uint8Array(data).buffer)

/** The engine of this project in a folder of its own. */
export class Explainer {
  readonly #engine: Engine
  readonly #dataDir: string

  private constructor(engine: Engine, dataDir: string) {
    this.#engine = engine
    this.#dataDir = dataDir
  }

  static async start(threads = 2): Promise<Explainer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'verify-peer-'))
    return new Explainer(await startEngine(config(dataDir, threads)), dataDir)
  }

  async close(): Promise<void> {
    await this.#engine.close()
    await rm(this.#dataDir, { recursive: true, force: true })
  }

  /** Registers the model of a file; relevance starts at its output. Gives its name. */
  async register(file: string): Promise<string> {
    const upload = await this.#engine.models.begin()
    try {
      const name = `m-${randomUUID()}`
      await upload.addModel(Readable.from([await readFile(file)]))
      await this.#engine.models.register(upload, { name, output: { start: 'output' } } as never)
      return name
    } finally {
      await upload.discard()
    }
  }

  /** Answers a request of `POST /v1/attributions` whose tensors are bytes. */
  async attribute(request: object): Promise<readonly Row[]> {
    const task: AttributionTask = attributionTask(request as DecodedAttribution)
    return (await this.#engine.attribute(task)).results
  }

  /** Explains each input for its own class: one row each, one request each. */
  async explain(
    model: string,
    inputs: Numbers,
    targets: readonly number[],
    composite: unknown,
  ): Promise<readonly Explained[]> {
    const results = await this.attribute({
      model,
      inputs: [{ tensor: asTensor(inputs) }],
      conditions: targets.map((y) => ({ y: [y] })),
      pairing: 'zip',
      composite,
      output: { heatmap: ['tensor'], per_channel: true },
    })
    return results.map(({ input_relevance: relevance, trust }) => ({
      relevance: floats(relevance!),
      trust,
    }))
  }
}
