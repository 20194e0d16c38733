import { type AttributionTask, type EngineAttributionResponse, problemAt } from '@crp-serve/contracts'
import { concepts, type Region, remarked, trustOf } from '@crp-serve/crp'
import type { WorkOptions } from '../config.ts'
import type { Tools } from '../tools/tools.ts'
import { floatTensor } from './bytes.ts'
import type { ResolvedRecord } from './conditions.ts'
import { predictionOf } from './prediction.ts'
import type { RowTensor } from './program.ts'
import { regionRelevance } from './regions.ts'
import type { ComputedRow } from './run-rows.ts'
import type { Sample } from './samples.ts'

type Result = EngineAttributionResponse['results'][number]

/** What the rows of one request become results with. */
export interface ResultContext {
  readonly task: AttributionTask
  readonly samples: readonly Sample[]
  readonly labels: readonly string[] | undefined
  /** Those of the request. */
  readonly regions: readonly Region[]
  readonly tools: Tools
  readonly work: WorkOptions
}

const tensorOf = ({ sizes, values }: RowTensor) => floatTensor(sizes, values)

async function picture(
  heatmap: RowTensor,
  row: ComputedRow['row'],
  context: ResultContext,
): Promise<Uint8Array> {
  const { task, samples, tools, work } = context
  const [height, width] = heatmap.sizes as [number, number]
  const request = {
    values: heatmap.values,
    shape: [height, width] as const,
    options: task.output.render,
    background: samples[row.sample]!.picture,
  }
  return tools.render(request, work).catch((error) => {
    const { code, pointer = '' } = error as { code?: unknown; pointer?: string }
    const place = code === 'heatmap-not-finite' ? '/output/heatmap' : `/output/render${pointer}`
    throw Object.assign(error as Error, { pointer: place })
  })
}

async function heatmapOf(
  { heatmap, row }: ComputedRow,
  context: ResultContext,
): Promise<Pick<Result, 'heatmap'>> {
  const wanted = context.task.output.heatmap
  if (heatmap === null || wanted.length === 0) return {}
  const png = wanted.includes('png') ? { png: await picture(heatmap, row, context) } : {}
  return { heatmap: { ...png, ...(wanted.includes('tensor') ? { tensor: tensorOf(heatmap) } : {}) } }
}

function recorded({ task, layer }: ResolvedRecord, computed: ComputedRow) {
  const relevance = computed.relevance[layer]
  const sums = computed.channelSums[layer]
  const activation = computed.activation[layer]
  const { concepts: top, abs_norm: absNorm } = task
  return {
    ...(task.relevance && relevance ? { relevance: tensorOf(relevance) } : {}),
    ...(task.activation && activation ? { activation: tensorOf(activation) } : {}),
    ...(top !== undefined && sums
      ? { concepts: concepts(sums.values, { top, absNorm }).map(jsonConcept) }
      : {}),
  }
}

const jsonConcept = ({ index, relevance }: { index: number; relevance: number }) => ({
  index,
  relevance: Number.isFinite(relevance) ? relevance : null,
})

function layersOf(computed: ComputedRow): Pick<Result, 'layers'> {
  const { record } = computed.planned
  if (record.length === 0) return {}
  return { layers: Object.fromEntries(record.map((entry) => [entry.task.layer, recorded(entry, computed)])) }
}

/**
 * The result of one row as it leaves the engine.
 * @throws `heatmap-not-finite`, `render-invalid`, `colormap-invalid`, each with a pointer
 */
export async function resultOf(computed: ComputedRow, context: ResultContext): Promise<Result> {
  const { row, planned, prediction, start, heatmap, inputRelevance, trust, gathering } = computed
  const { task, labels, regions } = context
  const { probability } = planned.description
  const { trustColumns, conservation } = planned.plan
  const account = trustOf(trustColumns, trust, conservation)
  return {
    sample: row.sample,
    condition: row.condition,
    prediction: predictionOf({ output: prediction, start, probability, labels }, task.output.prediction),
    ...(await heatmapOf(computed, context)),
    ...(inputRelevance === null ? {} : { input_relevance: tensorOf(inputRelevance) }),
    ...layersOf(computed),
    ...(regions.length > 0 && heatmap ? { region_relevance: regionRelevance(regions, heatmap) } : {}),
    trust: gathering ? remarked(account, gathering) : account,
  }
}

/** @throws ProblemError `render-invalid` where a picture is asked of samples without height and width, or over nothing */
export function checkPictures(task: AttributionTask, samples: readonly Sample[]): void {
  if (!task.output.heatmap.includes('png')) return
  const flat = samples.find(({ sizes }) => sizes.length !== 3)
  if (flat) {
    const detail = `a picture needs an input with height and width, this one is [N, ${flat.sizes.join(', ')}]; ask for "tensor"`
    throw problemAt('render-invalid', '/output/heatmap', detail)
  }
  if (task.output.render.overlay > 0 && samples.some(({ picture }) => picture === null)) {
    throw problemAt(
      'render-invalid',
      '/output/render/overlay',
      'needs image inputs to lie over; tensors have no picture',
    )
  }
}
