import { Readable } from 'node:stream'
import {
  type AttributionTask,
  type BinaryTensor,
  byteLength,
  type Datatype,
  type Encoding,
  type EngineAttributionResponse,
  elementBytes,
  elementCount,
  type JobRequests,
  ProblemError,
} from '@crp-serve/contracts'
import { type NpyType, npyHeader, npyName, storedZip, type ZipFile } from '@crp-serve/storage'
import type { FastifyReply } from 'fastify'

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

/** NumPy's types among the datatypes of answers. */
const arrayTypes: Readonly<Partial<Record<Datatype, NpyType>>> = {
  FP32: 'float32',
  FP64: 'float64',
  INT32: 'int32',
  INT64: 'int64',
  UINT8: 'uint8',
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

/** The tensors of the rows of an answer, by name. */
function tensorRows(answer: EngineAttributionResponse): Map<string, BinaryTensor[]> {
  const rows = new Map<string, BinaryTensor[]>()
  for (const [name, tensor] of answer.results.flatMap(tensorsOf)) {
    if (tensor === undefined) continue
    const others = rows.get(name)
    if (others === undefined) rows.set(name, [tensor])
    else others.push(tensor)
  }
  return rows
}

/**
 * The tensors of an answer by name, each with the rows as its first axis.
 * @throws ProblemError `tensor-shape-mismatch` where rows differ in shape
 */
export const stackedTensors = (answer: EngineAttributionResponse): Map<string, BinaryTensor> =>
  new Map([...tensorRows(answer)].map(([name, tensors]) => [name, stack(name, tensors)]))

/** Equal tensors under each other, along a new first axis. */
export const stack = (name: string, tensors: readonly BinaryTensor[]): BinaryTensor => ({
  shape: stackedShape(name, tensors),
  datatype: tensors[0]!.datatype,
  data: Buffer.concat(tensors.map(({ data }) => data)),
})

function stackedShape(name: string, tensors: readonly BinaryTensor[]): number[] {
  const { shape } = tensors[0]!
  if (tensors.some((tensor) => tensor.shape.join() !== shape.join()))
    throw new ProblemError(
      'tensor-shape-mismatch',
      `The rows of ${name} differ in shape; ask for JSON instead.`,
    )
  return [tensors.length, ...shape]
}

/** All of an answer but its tensors and pictures, as JSON. */
export const metaOf = (answer: EngineAttributionResponse): string =>
  JSON.stringify(answer, (_, value: unknown) => (isBinary(value) ? undefined : value))

const isBinary = (value: unknown): boolean =>
  value instanceof Uint8Array ||
  (typeof value === 'object' && value !== null && 'data' in value && value.data instanceof Uint8Array)

/**
 * Answers with .npz: every tensor with the rows as its first axis, and `meta.json` with all else. The tensors are not
 * copied on the way.
 * @throws ProblemError `tensor-shape-mismatch` where rows differ in shape
 */
export function sendNpz(reply: FastifyReply, answer: EngineAttributionResponse): FastifyReply {
  const arrays = [...tensorRows(answer)].map(([name, rows]) => arrayFile(name, rows))
  const chunks = storedZip([...arrays, { name: 'meta.json', parts: [Buffer.from(metaOf(answer))] }])
  return reply.type(NPZ_TYPE).header('content-length', byteLength(chunks)).send(Readable.from(chunks))
}

function arrayFile(name: string, rows: readonly BinaryTensor[]): ZipFile {
  const { datatype } = rows[0]!
  const type = arrayTypes[datatype]
  if (type === undefined)
    throw new Error(`${name} has the datatype ${datatype}, which .npz answers do not hold`)
  const wrong = rows.some(({ shape, data }) => data.length !== elementCount(shape) * elementBytes(datatype))
  if (wrong) throw new Error(`${name} is not as long as its shape says`)
  return {
    name: npyName(name),
    parts: [npyHeader(stackedShape(name, rows), type), ...rows.map(({ data }) => data)],
  }
}
