import {
  type AttributionTask,
  type BinaryTensor,
  type Datatype,
  type EngineAttributionResponse,
  elementCount,
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
 * An answer as .npz: every tensor with the rows as its first axis, and `meta.json` with all else.
 * @throws ProblemError `tensor-shape-mismatch` where rows differ in shape
 */
export function npzOf(answer: EngineAttributionResponse): Uint8Array {
  const stacks = new Map<string, BinaryTensor[]>()
  for (const [name, tensor] of answer.results.flatMap(tensorsOf)) {
    if (tensor !== undefined) stacks.set(name, [...(stacks.get(name) ?? []), tensor])
  }
  const stacked = [...stacks].map(([name, tensors]) => [name, stack(name, tensors)])
  const meta = Buffer.from(
    JSON.stringify(answer, (_, value: unknown) => (isBinary(value) ? undefined : value)),
  )
  return writeNpz({ ...Object.fromEntries(stacked), 'meta.json': new Uint8Array(meta) })
}

const isBinary = (value: unknown): boolean =>
  value instanceof Uint8Array ||
  (typeof value === 'object' && value !== null && 'data' in value && value.data instanceof Uint8Array)

function stack(name: string, tensors: readonly BinaryTensor[]) {
  const { shape, datatype } = tensors[0]!
  if (tensors.some((tensor) => tensor.shape.join() !== shape.join()))
    throw new ProblemError(
      'tensor-shape-mismatch',
      `The rows of ${name} differ in shape; ask for JSON instead.`,
    )
  const Values = arrays[datatype]
  if (Values === undefined)
    throw new Error(`${name} has the datatype ${datatype}, which .npz answers do not hold`)
  const bytes = new Uint8Array(Buffer.concat(tensors.map(({ data }) => data)))
  const data = new Values(bytes.buffer)
  if (data.length !== tensors.length * elementCount(shape))
    throw new Error(`${name} is not as long as its shape says`)
  return { shape: [tensors.length, ...shape], data }
}
