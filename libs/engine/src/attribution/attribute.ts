import {
  type AttributionTask,
  type EngineAttributionResponse,
  problemAt,
  rowCount,
} from '@crp-serve/contracts'
import type { Row } from '@crp-serve/crp'
import type { Datasets } from '@crp-serve/datasets'
import type { Runtime } from '@crp-serve/runtime'
import type { EngineConfig, WorkOptions } from '../config.ts'
import type { Catalogue } from '../models/catalogue.ts'
import type { ModelRecord } from '../models/record.ts'
import type { Batcher } from '../scheduling/batcher.ts'
import { type Tools, toolProcesses } from '../tools/tools.ts'
import { passesOf } from './attributors.ts'
import { checkGivenStart } from './feeds.ts'
import { planRequest } from './plan-rows.ts'
import { checkRegions, regionsOf } from './regions.ts'
import { checkPictures, type ResultContext, resultOf } from './results.ts'
import { ownTask, runPasses } from './run-passes.ts'
import { type ComputedRow, type Cost, runRows } from './run-rows.ts'
import { loadSamples } from './samples.ts'

/** What attributions are computed with. */
export interface Workshop {
  readonly config: EngineConfig
  readonly tools: Tools
  readonly runtime: Runtime
  readonly batcher: Batcher
  readonly catalogue: Catalogue
  readonly datasets: Datasets
}

/** Whether the model declares a batch size of exactly one. */
export const takesSeveralSamples = ({ inspection }: ModelRecord): boolean => inspection.inputShape?.[0] !== 1

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000

/** Costs as the API shows them. */
export const timingsOf = ({ queueMs, computeMs, batch, executions, forwardEquivalents }: Cost) => ({
  queue_ms: rounded(queueMs),
  batch,
  compute_ms: rounded(computeMs),
  plan: { executions, forward_equivalents: rounded(forwardEquivalents) },
})

function refuseTooManyRows(task: AttributionTask, limit: number): void {
  const rows = rowCount(task)
  if (rows > limit)
    throw problemAt('too-many-rows', '/conditions', `${rows} rows are over the limit of ${limit}`)
}

/**
 * Answers an attribution task: samples, plans, rows, results in the order of the request.
 * @param content folder of the model's content
 */
export async function attribute(
  task: AttributionTask,
  record: ModelRecord,
  content: string,
  { config, tools, runtime, batcher, catalogue, datasets }: Workshop,
  work: WorkOptions,
): Promise<EngineAttributionResponse> {
  refuseTooManyRows(task, config.maxRows)
  const pictures = task.output.heatmap.includes('png') && task.output.render.overlay > 0
  const samples = await loadSamples(task.inputs, { tools, config, record, datasets, pictures, work })
  checkPictures(task, samples)
  for (const { sizes } of samples) checkRegions(task, sizes)
  const passesFor = passesOf(task, samples)
  const plan = (of: AttributionTask, rows?: readonly Row[]) =>
    planRequest(of, samples, { catalogue, record, content }, rows)
  const planned = await plan(passesFor ? ownTask(task, passesFor(samples[0]!.sizes)) : task)
  for (const { start } of planned) checkGivenStart(task, start.sizes, rowCount(task))
  const runner = {
    runtime,
    batcher,
    processes: config.engineProcesses,
    severalSamples: takesSeveralSamples(record),
    takers: toolProcesses,
    work,
  }
  const labels = record.metadata.labels ?? undefined
  const context: ResultContext = { task, samples, labels, regions: regionsOf(task), tools, work }
  const results: EngineAttributionResponse['results'] = []
  const total = rowCount(task)
  let done = 0
  const take = async (computed: ComputedRow) => {
    results[computed.row.index] = await resultOf(computed, context)
    work.onRow?.(++done, total)
  }
  const cost = passesFor
    ? await runPasses(passesFor, planned, { task, samples, plan, runner }, take)
    : await runRows(task, planned, samples, runner, take)
  return {
    model: record.name,
    model_sha256: record.sha256,
    composite: planned[0]!.plan.composite,
    results,
    timings: timingsOf(cost),
  }
}
