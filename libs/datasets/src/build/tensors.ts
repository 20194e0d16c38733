import { type NpyHeader, readNpy, readNpyHeader } from '@crp-serve/storage'
import { DatasetError } from '../errors.ts'
import { dataName, type FileSource, labelsName, type SourceFile } from '../files.ts'
import type { Rows } from './build-index.ts'
import { numberedClasses } from './classes.ts'

/** Every header that NumPy writes is shorter. */
const headerBytes = 65_536
const maxLabelsBytes = 4 * 2 ** 30
const maxOutput = 1_000_000

const invalid = (message: string, details: Readonly<Record<string, unknown>> = {}) =>
  new DatasetError('dataset-invalid', message, { details })

/** Errors of reading an array, as those of the data set. */
async function reading<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!String((error as { code?: unknown }).code).startsWith('npy-')) throw error
    throw new DatasetError('dataset-invalid', `${name}: ${(error as Error).message}`, { cause: error })
  }
}

async function dataHeader(source: FileSource, data: SourceFile): Promise<NpyHeader> {
  const header = readNpyHeader(await source.read(data, 0, Math.min(data.size, headerBytes)))
  const { type, shape, dataStart, itemBytes } = header
  if (type !== 'float32') throw invalid(`${dataName} is ${type}; save it as float32.`)
  if (shape.length < 2) throw invalid(`${dataName} has the shape [${shape}]; its first axis counts samples.`)
  const expected = dataStart + shape.reduce((a, b) => a * b, itemBytes)
  if (expected !== data.size) {
    throw invalid(`${dataName} has ${data.size} bytes, but its header says ${expected}.`)
  }
  return header
}

/** Labels of each sample from an array of one label each, or of a 0 or 1 for every class. */
function labelsFrom(shape: readonly number[], values: readonly number[], samples: number): number[][] {
  if (shape[0] !== samples || shape.length > 2 || shape.length === 0) {
    throw invalid(`${labelsName} has the shape [${shape}]; it takes [${samples}] or [${samples}, classes].`)
  }
  const isOdd = (value: number) =>
    !Number.isInteger(value) || value < 0 || value > (shape.length === 2 ? 1 : maxOutput)
  const odd = values.findIndex(isOdd)
  if (odd >= 0) {
    const wanted = shape.length === 2 ? '0 or 1' : 'the index of an output'
    throw invalid(`${labelsName} holds ${values[odd]} at flat position ${odd}, which is not ${wanted}.`)
  }
  if (shape.length === 1) return values.map((value) => [value])
  const classes = shape[1]!
  return Array.from({ length: samples }, (_, i) =>
    Array.from({ length: classes }, (_, c) => c).filter((c) => values[i * classes + c] === 1),
  )
}

async function readLabels(source: FileSource, samples: number) {
  const file = source.files.find(({ path }) => path === labelsName)
  if (file === undefined) throw invalid(`${labelsName} is missing beside ${dataName}.`)
  if (file.size > maxLabelsBytes) throw invalid(`${labelsName} has more than ${maxLabelsBytes} bytes.`)
  const { shape, data } = readNpy(await source.read(file))
  const labels = labelsFrom(shape, Array.from(data, Number), samples)
  const highest = labels.reduce((most, of) => of.reduce((a, b) => Math.max(a, b), most), -1)
  return { labels, count: shape[1] ?? highest + 1 }
}

/** Ready tensors: `data.npy` [samples, …] of float32, and `labels.npy`. A label is the index of an output. */
export async function rowsOfTensors(
  source: FileSource,
  data: SourceFile,
  given: readonly string[] | undefined,
): Promise<Rows> {
  const { shape, dataStart } = await reading(dataName, () => dataHeader(source, data))
  const { labels, count } = await reading(labelsName, () => readLabels(source, shape[0]!))
  if (given !== undefined && given.length < count) {
    throw new DatasetError(
      'dataset-invalid',
      `${labelsName} has ${count} classes, and \`classes\` ${given.length}.`,
      {
        pointer: '/classes',
      },
    )
  }
  return {
    files: [data],
    labels,
    classes: given ?? numberedClasses(count),
    labelling: 'outputs',
    tensor: { shape: shape.slice(1), dataStart },
  }
}
