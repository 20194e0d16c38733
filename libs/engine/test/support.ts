import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import {
  type AttributionTask,
  attributionTask,
  type BinaryTensor,
  type DecodedAttribution,
  type Model,
  type ModelMetadata,
} from '@crp-serve/contracts'
import { type Engine, type EngineConfig, type EngineOptions, startEngine } from '../src/index.ts'

/** A configuration with small limits, so that tests can reach them. */
export const testConfig = (dataDir: string): EngineConfig => ({
  dataDir,
  engineProcesses: 1,
  engineThreads: 1,
  engineMemoryBytes: 2 ** 30,
  engineRssLimit: 2 ** 32,
  executionProvider: 'cpu',
  maxModelBytes: 16 * 2 ** 20,
  maxImageBytes: 2 ** 20,
  maxImagePixels: 2 ** 16,
  maxRows: 64,
})

/** An engine on a folder of its own. */
export interface TestEngine {
  readonly engine: Engine
  readonly dataDir: string
  close(): Promise<void>
}

export async function startTestEngine(
  changes: Partial<EngineConfig> = {},
  options: EngineOptions = {},
): Promise<TestEngine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'crp-engine-'))
  const engine = await startEngine({ ...testConfig(dataDir), ...changes }, options)
  return {
    engine,
    dataDir,
    async close() {
      await engine.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Registers the bytes of a model. */
export async function register(
  engine: Engine,
  bytes: Uint8Array,
  metadata: ModelMetadata,
  external: Readonly<Record<string, Uint8Array>> = {},
): Promise<{ readonly created: boolean; readonly model: Model }> {
  const upload = await engine.models.begin()
  try {
    await upload.addModel(Readable.from([Buffer.from(bytes)]))
    for (const [location, data] of Object.entries(external)) {
      await upload.addExternal(location, Readable.from([Buffer.from(data)]))
    }
    return await engine.models.register(upload, metadata)
  } finally {
    await upload.discard()
  }
}

/** A tensor of numbers as the gateway hands it on. */
export function fp32(shape: readonly number[], values: ArrayLike<number>): BinaryTensor {
  const data = Float32Array.from(values)
  return { shape: [...shape], datatype: 'FP32', data: new Uint8Array(data.buffer) }
}

/** The numbers of a tensor that the engine answers with. */
export function numbers({ shape, data }: BinaryTensor): { shape: readonly number[]; data: Float32Array } {
  return { shape, data: new Float32Array(new Uint8Array(data).buffer) }
}

/** A task of a request whose tensors and images are bytes already. */
export const taskOf = (request: Partial<DecodedAttribution> & Record<string, unknown>): AttributionTask =>
  attributionTask(request as unknown as DecodedAttribution)
