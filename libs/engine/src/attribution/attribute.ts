import {
  type AttributionTask,
  type EngineAttributionResponse,
  problemAt,
  rowCount,
} from '@crp-serve/contracts'
import { planRows } from '@crp-serve/crp'
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
import { blamingRequest, namedRanking, rankingRows, ranksChannels, type TaskRows } from './ranked.ts'
import { checkRegions, regionsOf } from './regions.ts'
import { checkPictures, type ResultContext, resultOf } from './results.ts'
import { ownTask, runPasses } from './run-passes.ts'
import { type ComputedRow, type Cost, runRows, sumOf } from './run-rows.ts'
import { loadSamples, type Sample } from './samples.ts'
import { timingsOf } from './timings.ts'

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

function refuseTooManyRows(task: AttributionTask, limit: number): void {
  const rows = rowCount(task)
  if (rows > limit)
    throw problemAt('too-many-rows', '/conditions', `${rows} rows are over the limit of ${limit}`)
}

/** One request at its place of work. */
interface Request {
  readonly record: ModelRecord
  /** Folder of the model's content. */
  readonly content: string
  readonly samples: readonly Sample[]
  readonly workshop: Workshop
  readonly work: WorkOptions
}

/** What rows gave. */
interface Computed {
  readonly composite: EngineAttributionResponse['composite']
  readonly results: EngineAttributionResponse['results']
  readonly cost: Cost
}

/** Plans and computes rows of a task; the results come back by the rows' indices. */
async function compute({ task, rows }: TaskRows, request: Request): Promise<Computed> {
  const { record, content, samples, work } = request
  const { config, tools, runtime, batcher, catalogue } = request.workshop
  const passesFor = passesOf(task, samples)
  const plan = (of: AttributionTask, some = rows) =>
    planRequest(of, samples, { catalogue, record, content }, some)
  const planned = await plan(passesFor ? ownTask(task, passesFor(samples[0]!.sizes)) : task)
  // Where channels are ranked all rows start from the same relevance.
  const starts = ranksChannels(task) ? 1 : rows.length
  for (const { start } of planned) checkGivenStart(task, start.sizes, starts)
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
  const results: Computed['results'] = []
  let done = 0
  const take = async (computed: ComputedRow) => {
    results[computed.row.index] = await resultOf(computed, context)
    work.onRow?.(++done, rows.length)
  }
  const cost = passesFor
    ? await runPasses(passesFor, planned, { task, samples, plan, runner }, take)
    : await runRows(task, planned, samples, runner, take)
  return { composite: planned[0]!.plan.composite, results, cost }
}

/** Finds the channels that conditions rank, and then computes a row for each of them. */
async function computeRanked({ task, rows }: TaskRows, request: Request): Promise<Computed> {
  // What is wrong with the attributor is wrong before anything is computed.
  passesOf(task, request.samples)
  const { work } = request
  const ranking = rankingRows(task, rows)
  const before = ranking.rows.length
  const reporting = (from: number, total: number): Request => ({
    ...request,
    work: { ...work, onRow: (done) => work.onRow?.(from + done, total) },
  })
  const found = await compute(ranking, reporting(0, before + rowCount(task)))
  const named = namedRanking(task, rows, found.results)
  const second = reporting(before, before + named.rows.length)
  const { composite, results, cost } = await compute(named, second).catch(blamingRequest(named))
  return {
    composite,
    results: results.map((result, i) => ({ ...result, ...named.origins[i] })),
    cost: sumOf(found.cost, cost),
  }
}

/**
 * Answers an attribution task: samples, plans, rows, results in the order of the request.
 * @param content folder of the model's content
 */
export async function attribute(
  task: AttributionTask,
  record: ModelRecord,
  content: string,
  workshop: Workshop,
  work: WorkOptions,
): Promise<EngineAttributionResponse> {
  const { config, tools, datasets } = workshop
  refuseTooManyRows(task, config.maxRows)
  const pictures = task.output.heatmap.includes('png') && task.output.render.overlay > 0
  const samples = await loadSamples(task.inputs, { tools, config, record, datasets, pictures, work })
  checkPictures(task, samples)
  for (const { sizes } of samples) checkRegions(task, sizes)
  const rows = planRows(samples.length, task.conditions.length, task.pairing)
  const request = { record, content, samples, workshop, work }
  const answer = ranksChannels(task) ? computeRanked : compute
  const { composite, results, cost } = await answer({ task, rows }, request)
  return {
    model: record.name,
    model_sha256: record.sha256,
    composite,
    results,
    timings: timingsOf(cost),
  }
}
