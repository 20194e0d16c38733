import {
  type AttributionTask,
  type ConditionTask,
  type EngineAttributionResponse,
  ProblemError,
  pointer,
} from '@crp-serve/contracts'
import type { Row } from '@crp-serve/crp'

type Result = EngineAttributionResponse['results'][number]

/** Rows of a task that need not be all of its samples and conditions. */
export interface TaskRows {
  readonly task: AttributionTask
  /** In the order of the answer. */
  readonly rows: readonly Row[]
}

/** A task whose ranked channels are named, with what the answer says of each of its rows. */
export interface NamedRanking extends TaskRows {
  /** By row: the condition of the request, and the channel where that condition ranks. */
  readonly origins: readonly Pick<Result, 'condition' | 'concept'>[]
}

/** The layer whose channels a condition has ranked, and how many of them; undefined where it ranks none. */
function rankingIn({ layers }: ConditionTask): { layer: string; top: number } | undefined {
  for (const { layer, concept } of layers) if (concept.kind === 'ranked') return { layer, top: concept.top }
  return undefined
}

/** Whether a condition of the task leaves to the model which channels it is about. */
export const ranksChannels = ({ conditions }: AttributionTask): boolean =>
  conditions.some((condition) => rankingIn(condition) !== undefined)

/** The rows that find the ranked channels: relevance of the layers under the rest of their conditions, and nothing else. */
export function rankingRows(task: AttributionTask, rows: readonly Row[]): TaskRows {
  const most = new Map<string, number>()
  for (const { layer, top } of task.conditions.flatMap((condition) => rankingIn(condition) ?? []))
    most.set(layer, Math.max(top, most.get(layer) ?? 0))
  const record = [...most].map(([layer, concepts]) => ({
    layer,
    concepts,
    relevance: false,
    activation: false,
    abs_norm: false,
  }))
  const output = {
    ...task.output,
    heatmap: [],
    per_channel: false,
    regions: [],
    prediction: { top: 1, tensor: false },
  }
  const ranking = rows.filter(({ condition }) => rankingIn(task.conditions[condition]!) !== undefined)
  return {
    task: { ...task, attributor: { name: 'gradient' }, record, output },
    rows: ranking.map((row, index) => ({ ...row, index })),
  }
}

/** A condition that keeps one channel of the layer that it ranked. */
function withChannel({ layers, ...rest }: ConditionTask, channel: number): ConditionTask {
  const named = layers.map((entry) =>
    entry.concept.kind === 'ranked'
      ? { ...entry, concept: { kind: 'channels' as const, channels: [channel] } }
      : entry,
  )
  return { ...rest, layers: named }
}

/**
 * The task with a row for each of the channels that were found, the most relevant one first.
 * @param rows of the task as the request has it
 * @param found results of its `rankingRows`
 */
export function namedRanking(
  task: AttributionTask,
  rows: readonly Row[],
  found: readonly Result[],
): NamedRanking {
  const rankings = new Map(found.map((result) => [`${result.sample} ${result.condition}`, result]))
  const conditions: ConditionTask[] = []
  const numbers = new Map<string, number>()
  const numberOf = (key: string, make: () => ConditionTask): number => {
    const known = numbers.get(key) ?? conditions.push(make()) - 1
    numbers.set(key, known)
    return known
  }
  const expanded = rows.flatMap(({ sample, condition }) => {
    const asked = task.conditions[condition]!
    const ranking = rankingIn(asked)
    if (ranking === undefined)
      return [{ sample, condition: numberOf(`${condition}`, () => asked), origin: { condition } }]
    const { layer, top } = ranking
    const channels = rankings.get(`${sample} ${condition}`)!.layers![layer]!.concepts!.slice(0, top)
    return channels.map(({ index, relevance }) => ({
      sample,
      condition: numberOf(`${condition} ${index}`, () => withChannel(asked, index)),
      origin: { condition, concept: { layer, index, relevance } },
    }))
  })
  return {
    task: { ...task, conditions },
    rows: expanded.map(({ sample, condition }, index) => ({ index, sample, condition })),
    origins: expanded.map(({ origin }) => origin),
  }
}

/** Makes errors point to the conditions that the request has. */
export const blamingRequest =
  ({ rows, origins }: NamedRanking) =>
  (error: unknown): never => {
    if (!(error instanceof ProblemError)) throw error
    const { code, message, details, retryAfter } = error
    const original = (text: string) =>
      text.replace(/\/conditions\/(\d+)/g, (whole, number) => {
        const at = rows.findIndex(({ condition }) => condition === Number(number))
        return at < 0 ? whole : pointer('conditions', origins[at]!.condition)
      })
    const errors = error.errors.map((issue) => ({ ...issue, pointer: original(issue.pointer) }))
    throw new ProblemError(code, original(message), { errors, details, retryAfter, cause: error })
  }
