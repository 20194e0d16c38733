import type { LayerList } from '@crp-serve/contracts'
import {
  childEntry,
  type PoolEvent,
  type PoolStatus,
  ProcessPool,
  type RequestOptions,
} from '@crp-serve/runtime'
import type { WorkOptions } from '../config.ts'
import type { CompiledPlan, PlanSpec } from './compile.ts'
import type { SamplingPlan, SamplingSpec } from './compile-sampling.ts'
import type { ModelDescription } from './describe.ts'
import type { DrawRequest, SheetRequest } from './draw.ts'
import type { DecodedImage, DecodeRequest, RenderRequest, ThumbnailRequest } from './images.ts'
import type { Inspection, InspectRequest } from './inspect.ts'
import type { ListRequest } from './list-layers.ts'
import { type Preparation, preparationKey } from './prepared.ts'
import type { SupportRequest, supportOf } from './support.ts'
import type { ToolHandlers } from './tool-child.ts'

/** Tool processes: one may be busy with a large model while the other decodes images. */
export const toolProcesses = 2

/** Private memory at which a tool process is replaced between two requests: decoding and reading leave garbage. */
const memoryLimitBytes = 2 * 1024 ** 3

/** Work in tool processes. Rejects with the errors of the libraries that do it, by `code`. */
export interface Tools {
  inspect(request: InspectRequest): Promise<Inspection>
  /** Makes sure that the files of a prepared form are there; the path is that of its forward pass. */
  prepare(preparation: Preparation): Promise<string>
  describe(preparation: Preparation, start: 'logits' | 'output'): Promise<ModelDescription>
  layers(preparation: Preparation, request: ListRequest): Promise<LayerList['layers']>
  support(preparation: Preparation, request: SupportRequest): Promise<ReturnType<typeof supportOf>>
  compile(preparation: Preparation, spec: PlanSpec): Promise<CompiledPlan>
  compileSampling(preparation: Preparation, spec: SamplingSpec): Promise<SamplingPlan>
  decode(request: DecodeRequest, work?: WorkOptions): Promise<DecodedImage>
  render(request: RenderRequest, work?: WorkOptions): Promise<Uint8Array>
  thumbnail(request: ThumbnailRequest, work?: WorkOptions): Promise<Uint8Array>
  draw(request: DrawRequest, work?: WorkOptions): Promise<Uint8Array>
  sheet(request: SheetRequest, work?: WorkOptions): Promise<Uint8Array>
  /** Forgets models below a folder. */
  evict(folder: string): Promise<void>
  status(): PoolStatus
  drain(): Promise<void>
  close(): Promise<void>
}

/** Several requests may wait for the same answer, so none of them may cancel it. */
const using = (preparation: Preparation): RequestOptions => ({
  affinity: [preparationKey(preparation)],
})

/** Starts the tool processes. */
export async function startTools(onEvent: (event: PoolEvent) => void): Promise<Tools> {
  const entry = childEntry('./tool-child', import.meta.url)
  const pool = await ProcessPool.start<ToolHandlers>({
    entry,
    size: toolProcesses,
    memoryLimitBytes,
    onEvent,
  })
  return {
    inspect: async (request) => (await pool.request('inspect', request)).value,
    prepare: async (preparation) => (await pool.request('prepare', preparation)).value,
    describe: async (preparation, start) =>
      (await pool.request('describe', { preparation, start }, using(preparation))).value,
    layers: async (preparation, request) =>
      (await pool.request('layers', { preparation, request }, using(preparation))).value,
    support: async (preparation, request) =>
      (await pool.request('support', { preparation, request }, using(preparation))).value,
    compile: async (preparation, spec) =>
      (await pool.request('compile', { preparation, spec }, using(preparation))).value,
    compileSampling: async (preparation, spec) =>
      (await pool.request('compileSampling', { preparation, spec }, using(preparation))).value,
    decode: async (request, work = {}) => (await pool.request('decode', request, work)).value,
    render: async (request, work = {}) => (await pool.request('render', request, work)).value,
    thumbnail: async (request, work = {}) => (await pool.request('thumbnail', request, work)).value,
    draw: async (request, work = {}) => (await pool.request('draw', request, work)).value,
    sheet: async (request, work = {}) => (await pool.request('sheet', request, work)).value,
    async evict(folder) {
      await pool.broadcast('evict', folder)
    },
    status: () => pool.status(),
    drain: () => pool.drain(),
    close: () => pool.close(),
  }
}
