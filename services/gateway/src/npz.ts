import {
  type AttributionTask,
  type BinaryTensor,
  type Datatype,
  type Encoding,
  type EngineAttributionResponse,
  elementCount,
  type JobRequests,
  ProblemError,
} from '@crp-serve/contracts'
import { type TensorData, writeNpz } from '@crp-serve/storage'

/** Media type of NumPy's .npz. */
export const NPZ_TYPE = 'application/x-npz'

/** Whether an `Accept` header asks for .npz. */
export const wantsNpz = (accept: string | undefined): boolean =>
  (accept ?? '').split(',').some((range) => range.split(';', 1)[0]?.trim().toLowerCase() === NPZ_TYPE)

/** The task whose answer fills a .npz: arrays where JSON would have pictures. */
export const npzTask = (task: AttributionTask): AttributionTask => ({
  ...task,
  output: { ...task.output, heatmap: ['tensor'], prediction: { ...task.output.prediction, tensor: true } },
})

/**
 * The request of a job: its task computes what JSON shows and, where heatmaps are asked for, what .npz holds; which of
 * the two is wanted is only said when the result is fetched. A client that asks for .npz at once gets no pictures.
 */
export function jobMessage(
  task: AttributionTask,
  encoding: Encoding,
  accept: string | undefined,
): JobRequests['attribution'] {
  if (wantsNpz(accept))
    return { task: npzTask(task), view: { encoding, heatmapTensor: true, predictionTensor: true } }
  const { heatmap, prediction } = task.output
  const both = heatmap.length === 0 ? heatmap : [...new Set([...heatmap, 'tensor' as const])]
  const output = { ...task.output, heatmap: both, prediction: { ...prediction, tensor: true } }
  const view = {
    encoding,
    heatmapTensor: heatmap.includes('tensor'),
    predictionTensor: prediction.tensor,
  }
  return { task: { ...task, output }, view }
}

type Row = EngineAttributionResponse['results'][number]

/** NumPy's array types among the datatypes of answers. */
const arrays: Readonly<Partial<Record<Datatype, new (buffer: ArrayBuffer) => TensorData>>> = {
  FP32: Float32Array,
  FP64: Float64Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  UINT8: Uint8Array,
}

/** The tensors of a row by their names in the archive. */
function tensorsOf({
  heatmap,
  input_relevance,
  prediction,
  layers = {},
}: Row): [string, BinaryTensor | undefined][] {
  const recorded = Object.entries(layers).flatMap(
    ([layer, { relevance, activation }]): [string, BinaryTensor | undefined][] => [
      [`relevance/${layer}`, relevance],
      [`activation/${layer}`, activation],
    ],
  )
  return [
    ['heatmap', heatmap?.tensor],
    ['input_relevance', input_relevance],
    ['prediction', prediction.tensor],
    ...recorded,
  ]
}

/**
 * The tensors of an answer by name, each with the rows as its first axis.
 * @throws ProblemError `tensor-shape-mismatch` where rows differ in shape
 */
export function stackedTensors(answer: EngineAttributionResponse): Map<string, BinaryTensor> {
  const stacks = new Map<string, BinaryTensor[]>()
  for (const [name, tensor] of answer.results.flatMap(tensorsOf)) {
    if (tensor !== undefined) stacks.set(name, [...(stacks.get(name) ?? []), tensor])
  }
  return new Map([...stacks].map(([name, tensors]) => [name, stack(name, tensors)]))
}

/** Equal tensors under each other, along a new first axis. */
export function stack(name: string, tensors: readonly BinaryTensor[]): BinaryTensor {
  const { shape, datatype } = tensors[0]!
  if (tensors.some((tensor) => tensor.shape.join() !== shape.join()))
    throw new ProblemError(
      'tensor-shape-mismatch',
      `The rows of ${name} differ in shape; ask for JSON instead.`,
    )
  return {
    shape: [tensors.length, ...shape],
    datatype,
    data: Buffer.concat(tensors.map(({ data }) => data)),
  }
}

/** All of an answer but its tensors and pictures, as JSON. */
export const metaOf = (answer: EngineAttributionResponse): string =>
  JSON.stringify(answer, (_, value: unknown) => (isBinary(value) ? undefined : value))

const isBinary = (value: unknown): boolean =>
  value instanceof Uint8Array ||
  (typeof value === 'object' && value !== null && 'data' in value && value.data instanceof Uint8Array)

/**
 * An answer as .npz: every tensor with the rows as its first axis, and `meta.json` with all else.
 * @throws ProblemError `tensor-shape-mismatch` where rows differ in shape
 */
export function npzOf(answer: EngineAttributionResponse): Uint8Array {
  const named = [...stackedTensors(answer)].map(([name, tensor]) => [name, arrayOf(name, tensor)])
  const meta = new Uint8Array(Buffer.from(metaOf(answer)))
  return writeNpz({ ...Object.fromEntries(named), 'meta.json': meta })
}

function arrayOf(name: string, { shape, datatype, data: bytes }: BinaryTensor) {
  const Values = arrays[datatype]
  if (Values === undefined)
    throw new Error(`${name} has the datatype ${datatype}, which .npz answers do not hold`)
  const data = new Values(new Uint8Array(bytes).buffer)
  if (data.length !== elementCount(shape)) throw new Error(`${name} is not as long as its shape says`)
  return { shape, data }
}
