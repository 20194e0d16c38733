import { DatasetError } from '../errors.ts'
import type { DatasetIndex, DatasetSummary } from '../index-file.ts'
import type { DatasetRecord } from '../record.ts'
import type { IndexedFile, ReadFile } from './reader.ts'

/** A sample: an encoded image, or ready values in row-major order. */
export type DatasetItem =
  | { readonly kind: 'image'; readonly bytes: Uint8Array; readonly path: string }
  | { readonly kind: 'tensor'; readonly values: Float32Array; readonly shape: readonly number[] }

/**
 * A registered data set. An index counts its samples from 0: the position of an image in the byte order of paths, of a
 * line in the manifest, or of a row in `data.npy`. Any sample is found at once; nothing but the index is kept in memory.
 */
export class Dataset {
  readonly name: string
  readonly samples: number
  /** Names of the classes; a label is a position in this list. */
  readonly classes: readonly string[]
  /** Changes with every path, label and content. */
  readonly fingerprint: string
  readonly summary: DatasetSummary
  readonly record: DatasetRecord
  readonly #index: DatasetIndex
  readonly #read: ReadFile

  constructor(record: DatasetRecord, index: DatasetIndex, read: ReadFile) {
    this.record = record
    this.name = record.name
    this.summary = record.summary
    this.samples = record.summary.samples
    this.classes = record.summary.classes
    this.fingerprint = record.summary.fingerprint
    this.#index = index
    this.#read = read
  }

  /** The labels of a sample as positions in `classes`; several, or none, where the manifest says so. */
  labelsOf(index: number): readonly number[] {
    this.#check(index)
    const { labels, labelStart } = this.#index.columns
    return Array.from(labels.subarray(labelStart[index]!, labelStart[index + 1]!))
  }

  /** The path of an image, relative to the data set; of a tensor, `data.npy`. */
  pathOf(index: number): string {
    this.#check(index)
    return this.#fileAt(index).path
  }

  /** Bytes of an image file, or of a tensor. */
  sizeOf(index: number): number {
    this.#check(index)
    const { tensor } = this.summary
    return tensor === undefined ? this.#index.columns.size[index]! : tensorBytes(tensor.shape)
  }

  /**
   * A sample.
   * @throws DatasetError `unknown-dataset-item`, `dataset-changed`, and the codes of the store
   */
  async item(index: number): Promise<DatasetItem> {
    this.#check(index)
    const file = this.#fileAt(index)
    const { tensor } = this.summary
    if (tensor === undefined) {
      return { kind: 'image', bytes: await this.#read(file, 0, file.size), path: file.path }
    }
    const length = tensorBytes(tensor.shape)
    const bytes = await this.#read(file, tensor.dataStart + index * length, length)
    const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + length))
    return { kind: 'tensor', values, shape: tensor.shape }
  }

  #check(index: number): void {
    if (Number.isInteger(index) && index >= 0 && index < this.samples) return
    const message = `The data set ${this.name} has ${this.samples} samples; there is none with the index ${index}.`
    throw new DatasetError('unknown-dataset-item', message, { details: { samples: this.samples } })
  }

  #fileAt(index: number): IndexedFile {
    const row = this.summary.tensor === undefined ? index : 0
    const { paths, pathStart, versions, size, modified, offset } = this.#index.columns
    return {
      path: textAt(paths, pathStart, row),
      size: size[row]!,
      modified: modified[row]!,
      offset: offset[row]!,
      ...(versions === undefined ? {} : { version: textAt(versions.text, versions.start, row) }),
    }
  }
}

/** One of several texts that stand one after the other, as UTF-8. */
const textAt = (texts: Uint8Array, start: Float64Array, row: number): string =>
  Buffer.from(texts.subarray(start[row]!, start[row + 1]!)).toString()

const tensorBytes = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 4)
