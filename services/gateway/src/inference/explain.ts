import {
  type AttributionTask,
  attributionTask,
  checkAttribution,
  type DecodedAttribution,
  decodeAttribution,
  type EngineAttributionResponse,
  type ExplanationParameters,
  noParts,
  type RequestLimits,
} from '@crp-serve/contracts'
import { metaOf, stackedTensors } from '../npz.ts'
import { jsonOutput, type Output } from './outputs.ts'

/** A request as `POST /v1/attributions` has it, made of another protocol's. */
export interface Explanation {
  readonly decoded: DecodedAttribution
  readonly task: AttributionTask
}

/** Without conditions the model's own decision is explained, or all of the layer where relevance starts. */
const defaultConditions = ({
  start_layer,
}: ExplanationParameters): NonNullable<ExplanationParameters['conditions']> =>
  start_layer ? [{}] : [{ y: 'predicted' }]

/**
 * The attribution that parameters and inputs ask for. Heatmaps are tensors unless the parameters say otherwise.
 * @throws ProblemError as `decodeAttribution` and `checkAttribution`; pointers are those of `POST /v1/attributions`
 */
export function explanation(
  model: string,
  inputs: AttributionTask['inputs'],
  parameters: ExplanationParameters,
  limits: RequestLimits,
): Explanation {
  const conditions = parameters.conditions ?? defaultConditions(parameters)
  const output = { ...parameters.output, heatmap: parameters.output?.heatmap ?? ['tensor' as const] }
  const request = { ...parameters, conditions, output, model, inputs: [] }
  const decoded: DecodedAttribution = { ...decodeAttribution(request, noParts), inputs }
  const task = attributionTask(decoded)
  checkAttribution(task, decoded, limits)
  return { decoded, task }
}

/** Names of the outputs that a task gives. */
export function outputNames({ output, record }: AttributionTask): string[] {
  const { heatmap, per_channel, prediction } = output
  return [
    ...(heatmap.includes('tensor') ? ['heatmap'] : []),
    ...(per_channel ? ['input_relevance'] : []),
    ...(prediction.tensor ? ['prediction'] : []),
    ...record.flatMap(({ layer, relevance, activation }) => [
      ...(relevance ? [`relevance/${layer}`] : []),
      ...(activation ? [`activation/${layer}`] : []),
    ]),
    ...(heatmap.includes('png') ? ['heatmap_png'] : []),
    'meta',
  ]
}

/**
 * The outputs of an explanation: tensors with the rows as their first axis, named as in .npz archives; `heatmap_png`
 * with one PNG for each row; and `meta`, JSON with all else.
 */
export function explanationOutputs(answer: EngineAttributionResponse): Map<string, Output> {
  const outputs = new Map<string, Output>(stackedTensors(answer))
  const pictures = answer.results.flatMap(({ heatmap }) => heatmap?.png ?? [])
  if (pictures.length > 0)
    outputs.set('heatmap_png', {
      shape: [pictures.length],
      datatype: 'BYTES',
      elements: pictures,
      text: 'base64',
    })
  return outputs.set('meta', jsonOutput(metaOf(answer)))
}
