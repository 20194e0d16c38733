import {
  type BinaryTensor,
  firstNotFinite,
  type PredictionTask,
  ProblemError,
  problemAt,
} from '@crp-serve/contracts'
import type { Dataset, DatasetItem, Datasets } from '@crp-serve/datasets'
import type { RgbImage } from '@crp-serve/imaging'
import type { EngineConfig, WorkOptions } from '../config.ts'
import { at } from '../errors.ts'
import type { ModelRecord } from '../models/record.ts'
import { fits } from '../tools/input-size.ts'
import type { Tools } from '../tools/tools.ts'
import { count, floatValues } from './bytes.ts'
import { mapConcurrently } from './concurrently.ts'

export interface LoadedSample {
  /** Sizes behind the batch axis. */
  readonly sizes: readonly number[]
  readonly values: Float32Array
  /** What the model sees of an image, where a heatmap is laid over it. */
  readonly picture: RgbImage | null
}

/** One sample, ready to be fed. */
export interface Sample extends LoadedSample {
  /** Counts the samples of the request. */
  readonly position: number
}

type Input = PredictionTask['inputs'][number]

/** What inputs become samples with. */
export interface SampleSource {
  readonly tools: Tools
  readonly config: Pick<EngineConfig, 'maxImageBytes' | 'maxImagePixels'>
  readonly record: ModelRecord
  readonly datasets: Datasets
  /** Whether the pictures of images are wanted too. */
  readonly pictures: boolean
  readonly work: WorkOptions
}

/** Images that are decoded at the same time for one request. */
const concurrentImages = 2

const shapeText = (shape: readonly (number | string | null)[]): string =>
  `[${shape.map((d) => d ?? '?').join(', ')}]`

function checkTensor({ shape, datatype }: BinaryTensor, record: ModelRecord, pointer: string): void {
  if (datatype !== 'FP32') {
    throw problemAt('tensor-type-mismatch', `${pointer}/datatype`, `is ${datatype}; the model takes FP32`)
  }
  const declared = record.inspection.inputShape
  if (fits(declared, shape.slice(1)) && shape.length > 0) return
  const expected = ['N', ...(declared ?? []).slice(1)]
  const detail = `is ${shapeText(shape)}; the model takes ${shapeText(expected)}`
  throw new ProblemError('tensor-shape-mismatch', `${pointer}/shape: ${detail}`, {
    errors: [{ pointer: `${pointer}/shape`, detail }],
    details: { expected, given: shape },
  })
}

/** @throws ProblemError `tensor-not-finite` at the first value that is NaN or infinite */
export function checkFinite(values: Float32Array, pointer: string): void {
  const position = firstNotFinite(values)
  if (position < 0) return
  throw problemAt(
    'tensor-not-finite',
    pointer,
    `the element at flat position ${position} is ${values[position]}`,
  )
}

function fromTensor(tensor: BinaryTensor, record: ModelRecord, pointer: string): LoadedSample[] {
  checkTensor(tensor, record, pointer)
  const [samples, ...sizes] = tensor.shape as [number, ...number[]]
  const values = floatValues(tensor)
  checkFinite(values, pointer)
  const size = count(sizes)
  return Array.from({ length: samples }, (_, i) => ({
    sizes,
    values: values.subarray(i * size, (i + 1) * size),
    picture: null,
  }))
}

async function fromImage(bytes: Uint8Array, source: SampleSource, pointer: string): Promise<LoadedSample[]> {
  const { tools, config, record, pictures, work } = source
  const { preprocessing, inputShape } = record.inspection
  if (preprocessing === null) {
    const detail = `the model ${record.name} was registered without preprocessing: send a tensor, or register it with one`
    throw problemAt('preprocessing-missing', pointer, detail)
  }
  const limits = { maxBytes: config.maxImageBytes, maxPixels: config.maxImagePixels }
  const request = { bytes, preprocessing, limits, picture: pictures }
  const sample = await tools.decode(request, work).catch((error) => Promise.reject(at(pointer, error)))
  if (fits(inputShape, sample.sizes)) return [sample]
  const detail = `becomes ${shapeText(['N', ...sample.sizes])}, but the model takes ${shapeText(inputShape ?? [])}; register it with a preprocessing that has a fixed size`
  throw problemAt('tensor-shape-mismatch', pointer, detail)
}

/** A tensor of a data set as one of a request, with an axis for the samples. */
export const tensorOf = ({ values, shape }: Extract<DatasetItem, { kind: 'tensor' }>): BinaryTensor => ({
  shape: [1, ...shape],
  datatype: 'FP32',
  data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
})

/**
 * The samples of one input.
 * @param pointer of the input in the request
 * @throws ProblemError as `loadSamples`
 */
export async function loadInput(
  input: Input,
  source: SampleSource,
  pointer: string,
): Promise<LoadedSample[]> {
  if ('tensor' in input) return fromTensor(input.tensor, source.record, `${pointer}/tensor`)
  if ('image' in input) return fromImage(input.image, source, `${pointer}/image`)
  const dataset = await source.datasets.open(input.dataset).catch(pointed(`${pointer}/dataset`))
  return fromDataset(dataset, input.index, source, pointer)
}

const pointed =
  (pointer: string) =>
  (error: unknown): never => {
    throw at(pointer, error)
  }

async function fromDataset(
  dataset: Dataset,
  index: number,
  source: SampleSource,
  pointer: string,
): Promise<LoadedSample[]> {
  const item = await dataset.item(index).catch(pointed(`${pointer}/index`))
  if (item.kind === 'image') return fromImage(item.bytes, source, `${pointer}/index`)
  return fromTensor(tensorOf(item), source.record, `${pointer}/index`)
}

/**
 * The samples of a request in its order; a tensor gives as many as its first axis says.
 * @throws ProblemError `tensor-shape-mismatch`, `tensor-type-mismatch`, `tensor-not-finite`, `preprocessing-missing`, and
 * the codes of decoding, `unknown-dataset`, `unknown-dataset-item`, `dataset-changed`, each with a pointer to its input
 */
export async function loadSamples(inputs: readonly Input[], source: SampleSource): Promise<Sample[]> {
  const lists = await mapConcurrently(inputs, concurrentImages, (input, i) =>
    loadInput(input, source, `/inputs/${i}`),
  )
  return lists.flat().map((sample, position) => ({ ...sample, position }))
}
