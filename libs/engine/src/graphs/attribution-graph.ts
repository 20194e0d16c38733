import {
  type AttributionGraphResponse,
  type AttributionGraphTask,
  type AttributionTask,
  type EngineAttributionResponse,
  problemAt,
} from '@crp-serve/contracts'
import {
  AttributionGraph,
  type Decomposition,
  type GraphNode,
  type GraphPlan,
  graphCondition,
  graphStart,
  nodeKey,
} from '@crp-serve/crp'
import { mergesBatchNorm } from '@crp-serve/lrp'
import { attribute, type Workshop } from '../attribution/attribute.ts'
import { floatTensor } from '../attribution/bytes.ts'
import { compositeSpec } from '../attribution/composite-spec.ts'
import { type LoadedSample, loadInput } from '../attribution/samples.ts'
import { timingsTogether } from '../attribution/timings.ts'
import type { WorkOptions } from '../config.ts'
import { type ModelRecord, preparationOf, startOf } from '../models/record.ts'
import { resolveGraph } from './graph-names.ts'

/** One attribution that takes the concepts of a level apart: a condition for each, their inputs' concepts recorded. */
function levelTask(
  task: AttributionGraphTask,
  plan: GraphPlan,
  sample: LoadedSample,
  nodes: readonly GraphNode[],
  recorded: readonly string[],
  width: number,
): AttributionTask {
  const { target } = task
  const y = target === undefined || target === 'predicted' ? target : [target]
  const start = graphStart(plan)
  const layersOf = (node: GraphNode) =>
    graphCondition(node, plan).map(({ layer, concept }) => ({
      layer,
      concept: { kind: 'channels' as const, channels: [concept] },
    }))
  return {
    model: task.model,
    inputs: [{ tensor: floatTensor([1, ...sample.sizes], sample.values) }],
    conditions: nodes.map((node) => ({ ...(y === undefined ? {} : { y }), layers: layersOf(node) })),
    pairing: 'product',
    composite: task.composite,
    attributor: { name: 'gradient' },
    ...(start === null ? {} : { start_layer: start.layer }),
    init_relevance: 'prediction',
    exclude_parallel: false,
    record: recorded.map((layer) => ({
      layer,
      relevance: false,
      activation: false,
      concepts: width,
      abs_norm: task.abs_norm,
    })),
    output: {
      heatmap: [],
      per_channel: false,
      prediction: { top: 0, tensor: false },
      regions: [],
      render: { colormap: 'bwr', symmetric: true, level: 1, overlay: 0, scale: 1 },
    },
  }
}

/** JSON has no NaN; a concept that is not finite stands last and is told as null in the end. */
const decompositionOf = ({ layers = {} }: EngineAttributionResponse['results'][number]): Decomposition =>
  new Map(
    Object.entries(layers).map(([layer, { concepts = [] }]) => [
      layer,
      concepts.map(({ index, relevance }) => ({ index, relevance: relevance ?? Number.NaN })),
    ]),
  )

const figure = (value: number) => (Number.isFinite(value) ? value : null)

/** What a graph is grown with. */
interface Growth {
  readonly task: AttributionGraphTask
  readonly plan: GraphPlan
  readonly sample: LoadedSample
  readonly maxRows: number
  readonly attribute: (task: AttributionTask) => Promise<EngineAttributionResponse>
}

/** Grows a graph by every level of the request, as far as the model goes. */
async function grown({ task, plan, sample, maxRows, attribute }: Growth) {
  const graph = new AttributionGraph(plan)
  const timings: AttributionGraphResponse['timings'][] = []
  let rows = 0
  for (const width of task.width) {
    const nodes = graph.frontier
    const recorded = [...new Set(nodes.flatMap(({ layer }) => graph.inputsOf(layer)))]
    if (recorded.length === 0) break
    rows += nodes.length
    refuseTooManyRows(rows, maxRows)
    const answer = await attribute(levelTask(task, plan, sample, nodes, recorded, width))
    timings.push(answer.timings)
    const below = new Map(nodes.map((node, i) => [nodeKey(node), decompositionOf(answer.results[i]!)]))
    graph.grow((node) => below.get(nodeKey(node))!)
  }
  return { ...graph.result(), timings: timingsTogether(timings) }
}

/**
 * Takes a concept apart into those below it, level by level (semantics.md, section 7): every level is one attribution
 * with a condition for each of its concepts.
 * @param content folder of the model's content
 */
export async function attributionGraph(
  task: AttributionGraphTask,
  record: ModelRecord,
  content: string,
  shop: Workshop,
  work: WorkOptions,
): Promise<AttributionGraphResponse> {
  const { config, tools, catalogue, datasets } = shop
  const source = { tools, config, record, datasets, pictures: false, work }
  const [sample] = await loadInput(task.input, source, '/input')
  const merges = mergesBatchNorm(compositeSpec(task.composite))
  const preparation = preparationOf(record, content, merges, sample!.sizes)
  const { plan, shown } = resolveGraph(task, await catalogue.describe(preparation, startOf(record)))
  const { nodes, edges, timings } = await grown({
    task,
    plan,
    sample: sample!,
    maxRows: config.maxRows,
    attribute: (level) => attribute(level, record, content, shop, work),
  })
  const named = ({ layer, concept }: GraphNode) => ({ layer: shown(layer), concept })
  return {
    model: record.name,
    model_sha256: record.sha256,
    nodes: nodes.map(named),
    edges: edges.map(({ source, target, relevance }) => ({
      source: named(source),
      target: named(target),
      relevance: figure(relevance),
    })),
    timings,
  }
}

function refuseTooManyRows(rows: number, limit: number): void {
  if (rows <= limit) return
  const detail = `the levels come to ${rows} concepts or more, over the limit of ${limit}; ask for fewer or narrower levels`
  throw problemAt('too-many-rows', '/width', detail)
}
