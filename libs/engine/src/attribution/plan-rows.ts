import { type AttributionTask, pointer, problemAt } from '@crp-serve/contracts'
import { groupRows, type Row } from '@crp-serve/crp'
import { type CompositeSpec, mergesBatchNorm } from '@crp-serve/lrp'
import type { Catalogue } from '../models/catalogue.ts'
import { type ModelRecord, preparationOf, startOf } from '../models/record.ts'
import type { CompiledPlan, PlanSpec } from '../tools/compile.ts'
import type { ModelDescription } from '../tools/describe.ts'
import { checkBoundRows } from './bounds.ts'
import { compositeSpec } from './composite-spec.ts'
import {
  ConditionResolver,
  type ResolvedCondition,
  type ResolvedRecord,
  type ResolvedStart,
} from './conditions.ts'
import { needsHeatmap } from './regions.ts'
import type { Sample } from './samples.ts'

/** Rows that one plan computes, with what is known of the model at the size of their samples. */
export interface PlannedRows {
  readonly plan: CompiledPlan
  readonly description: ModelDescription
  readonly start: ResolvedStart
  readonly rows: readonly Row[]
  /** By condition. */
  readonly conditions: readonly ResolvedCondition[]
  readonly record: readonly ResolvedRecord[]
}

/** What requests are planned with. */
export interface Planner {
  readonly catalogue: Catalogue
  readonly record: ModelRecord
  /** Folder of the model's content. */
  readonly content: string
}

/** A request at one size of samples, its names found and its indices checked. */
interface Resolved {
  readonly description: ModelDescription
  readonly start: ResolvedStart
  readonly conditions: readonly ResolvedCondition[]
  readonly record: readonly ResolvedRecord[]
}

const startModes = { prediction: 'value', activation: 'value', absolute: 'absolute' } as const

const startMode = (init: AttributionTask['init_relevance']): PlanSpec['startMode'] =>
  typeof init === 'string' ? startModes[init] : 'given'

/** The masked layers of a condition, from output to input unless the request's own order is the walk. */
function maskedLayers(
  { masks }: ResolvedCondition,
  { layers }: ModelDescription,
  asGiven: boolean,
): string[] {
  const names = masks.map(({ layer }) => layer)
  const depth = new Map(layers.map(({ name }, i) => [name, i]))
  return asGiven ? names : names.sort((a, b) => depth.get(b)! - depth.get(a)!)
}

/**
 * The masked layers that keep one channel where that saves a convolution: a convolution, or what may pass its relevance
 * on to one. A condition gets the same plan, and so the same bits, whatever conditions stand beside it.
 */
function singleChannels({ masks }: ResolvedCondition, { layers }: ModelDescription): string[] {
  const type = new Map(layers.map((layer) => [layer.name, layer.type]))
  return masks.flatMap(({ layer, selection, sizes }) => {
    const single = selection.kind === 'channels' && new Set(selection.channels).size === 1
    const spatial = sizes.length > 1 && ['convolution', 'activation'].includes(type.get(layer) ?? '')
    return single && spatial ? [layer] : []
  })
}

function planSpec(
  task: AttributionTask,
  { description, start, conditions, record }: Resolved,
  condition: number,
  model: ModelRecord,
  composite: CompositeSpec,
): PlanSpec {
  const resolved = conditions[condition]!
  const recorded = (what: (entry: ResolvedRecord['task']) => boolean) => [
    ...new Set(record.filter(({ task: entry }) => what(entry)).map(({ layer }) => layer)),
  ]
  return {
    start: startOf(model),
    startLayer: start.layer,
    composite,
    startMode: startMode(task.init_relevance),
    predicted: resolved.targets === 'predicted',
    masks: maskedLayers(resolved, description, task.exclude_parallel),
    projections: resolved.masks.flatMap(({ layer, selection }) => (selection.kind === 'span' ? [layer] : [])),
    singles: singleChannels(resolved, description),
    excludeParallel: task.exclude_parallel,
    relevance: recorded((entry) => entry.relevance),
    channelSums: recorded((entry) => entry.concepts !== undefined),
    activation: recorded((entry) => entry.activation),
    heatmap: needsHeatmap(task),
    inputRelevance: task.output.per_channel,
  }
}

interface PlanFault {
  readonly code?: unknown
  readonly message: string
  readonly details?: { readonly layers?: readonly [above: string, below: string] }
}

/** Adds the place in the request to errors that only the plan of a condition can show. */
function blaming({ start_layer: start }: AttributionTask, condition: number, { masks }: ResolvedCondition) {
  return (error: unknown): never => {
    const { code, message, details } = error as PlanFault
    if (code === 'layer-not-connected' && start !== undefined)
      throw problemAt('layer-not-reachable', '/start_layer', message)
    if (code !== 'layer-order-invalid' && code !== 'layer-not-connected') throw error
    const mask = masks.find(({ layer }) => layer === details?.layers?.[1])
    const here = mask ? pointer('conditions', condition, mask.given) : pointer('conditions', condition)
    throw problemAt('layer-not-reachable', here, message)
  }
}

/**
 * Rows of a request grouped by the compiled plans that compute them.
 * @throws ProblemError with a pointer into the request: unknown names, indices out of range, composites that do not fit
 */
export async function planRequest(
  task: AttributionTask,
  samples: readonly Sample[],
  { catalogue, record: model, content }: Planner,
  rows: readonly Row[],
): Promise<PlannedRows[]> {
  checkBoundRows(task.composite, samples.length)
  const composite = compositeSpec(task.composite)
  const merges = mergesBatchNorm(composite)
  const sizeOf = (row: Row) => samples[row.sample]!.sizes
  const planned: PlannedRows[] = []
  for (const sameSize of groupRows(rows, (row) => sizeOf(row).join('x'))) {
    const preparation = preparationOf(model, content, merges, sizeOf(sameSize[0]!))
    const description = await catalogue.describe(preparation, startOf(model))
    const resolver = new ConditionResolver(description)
    const resolved: Resolved = {
      description,
      start: resolver.start(task.start_layer),
      conditions: task.conditions.map((condition, i) => resolver.condition(condition, i)),
      record: task.record.map((entry) => resolver.record(entry)),
    }
    const specOf = ({ condition }: Row) => planSpec(task, resolved, condition, model, composite)
    for (const group of groupRows(sameSize, (row) => JSON.stringify(specOf(row)))) {
      const [first] = group
      const { condition } = first!
      const plan = await catalogue
        .plan(preparation, specOf(first!))
        .catch(blaming(task, condition, resolved.conditions[condition]!))
      planned.push({ ...resolved, plan, rows: group })
    }
  }
  return planned
}
