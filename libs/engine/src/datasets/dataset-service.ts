import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Dataset as DatasetInfo,
  type DatasetItemList,
  type DatasetList,
  type DatasetMetadata,
  type DatasetRequest,
  isName,
  ProblemError,
  problemAt,
} from '@crp-serve/contracts'
import {
  allowedDirectory,
  allowedS3,
  type BuildSource,
  type Dataset,
  type DatasetRecord,
  type DatasetSource,
  type Datasets,
} from '@crp-serve/datasets'
import { imageType } from '@crp-serve/imaging'
import { writeNpy } from '@crp-serve/storage'
import { type EngineConfig, storeConfigOf, type WorkOptions } from '../config.ts'
import type { Tools } from '../tools/tools.ts'
import { ArchiveUpload } from './archive.ts'
import type { DatasetBuilder } from './build.ts'

/** Whether the name is new. */
export interface DatasetRegistration {
  readonly created: boolean
  readonly dataset: DatasetInfo
}

/** A sample as bytes. */
export interface SampleBytes {
  readonly bytes: Uint8Array
  /** Media type: that of the image, or of NumPy's .npy. */
  readonly type: string
}

/** One sample: its tag is known before its bytes are read. */
export interface SampleAccess {
  /** A strong ETag. */
  readonly etag: string
  read(work?: WorkOptions): Promise<SampleBytes>
}

/** Data sets by name. Every method throws errors of the error table. */
export interface DatasetService {
  /** Begins an upload; end it with its own `discard`. */
  begin(): Promise<ArchiveUpload>
  /**
   * @param signal gives the work up
   * @throws `dataset-name-conflict`, `cancelled`, and what `buildDataset` throws
   */
  registerArchive(
    upload: ArchiveUpload,
    metadata: DatasetMetadata,
    signal?: AbortSignal,
  ): Promise<DatasetRegistration>
  /**
   * @param signal gives the work up
   * @throws `dataset-place-not-allowed`, `dataset-place-missing`, `dataset-name-conflict`, `cancelled`, and what
   * `buildDataset` throws
   */
  registerPlace(request: DatasetRequest, signal?: AbortSignal): Promise<DatasetRegistration>
  /** @throws `unknown-dataset` */
  get(name: string): Promise<DatasetInfo>
  /** A page in the order of names. @throws `validation-failed` for a cursor that is none */
  list(limit: number, cursor?: string): Promise<DatasetList>
  /** @throws `unknown-dataset` */
  delete(name: string): Promise<void>
  /** A page of samples. @throws `unknown-dataset`, `validation-failed` for a cursor that is none */
  items(name: string, limit: number, cursor?: string): Promise<DatasetItemList>
  /**
   * A sample.
   * @param thumbnail longest side in pixels; the file as it is without
   * @throws `unknown-dataset`, `unknown-dataset-item`, `validation-failed` for a thumbnail of a tensor
   */
  item(name: string, index: number, thumbnail?: number): Promise<SampleAccess>
}

/** What the service is made of. */
export interface DatasetWorkshop {
  readonly config: EngineConfig
  /** Absolute. */
  readonly dataDir: string
  readonly datasets: Datasets
  readonly builder: DatasetBuilder
  readonly tools: Tools
  /** Does work with errors of the error table. */
  readonly admit: <T>(work: () => Promise<T>) => Promise<T>
}

const defaultLimit = 4 * 2 ** 30
const maxEntries = 4_000_000

/** A data set as the API shows it. */
function datasetInfo({ name, source, created_at, summary }: DatasetRecord): DatasetInfo {
  const { samples, classes, kind, labelling, classesGiven, tensor, fingerprint, ignored } = summary
  return {
    name,
    samples,
    classes: [...classes],
    kind,
    labelling,
    classes_given: classesGiven,
    ...(tensor === undefined ? {} : { shape: [...tensor.shape] }),
    source,
    fingerprint,
    ignored,
    created_at,
  }
}

const badCursor = () =>
  problemAt('validation-failed', '/cursor', 'must be the `next_cursor` of an earlier page')

/** The samples of a page, from a cursor that is the first index. */
function pageOf(dataset: Dataset, limit: number, cursor = '0'): DatasetItemList {
  const from = /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN
  if (!(from <= dataset.samples)) throw badCursor()
  const to = Math.min(dataset.samples, from + limit)
  const items = Array.from({ length: to - from }, (_, i) => {
    const labels = dataset.labelsOf(from + i).map((label) => dataset.classes[label]!)
    return { index: from + i, path: dataset.pathOf(from + i), labels }
  })
  return to < dataset.samples ? { items, next_cursor: String(to) } : { items }
}

/** Registers data sets, lists them, and hands out their samples. */
class RunningDatasets implements DatasetService {
  readonly #shop: DatasetWorkshop
  readonly #uploads: string

  constructor(shop: DatasetWorkshop) {
    this.#shop = shop
    this.#uploads = join(shop.dataDir, 'uploads')
  }

  begin(): Promise<ArchiveUpload> {
    return ArchiveUpload.begin(this.#uploads, this.#maxBytes)
  }

  registerArchive(
    upload: ArchiveUpload,
    metadata: DatasetMetadata,
    signal?: AbortSignal,
  ): Promise<DatasetRegistration> {
    const limits = { maxBytes: this.#maxBytes, maxEntries }
    const source = { zip: upload.path, limits }
    const kept = { upload: { bytes: upload.bytes } }
    return this.#shop.admit(() => this.#register(upload.folder, metadata, source, kept, signal))
  }

  registerPlace(
    { name, classes, source }: DatasetRequest,
    signal?: AbortSignal,
  ): Promise<DatasetRegistration> {
    return this.#shop.admit(async () => {
      const [place, kept] = await this.#allowed(source)
      const folder = join(this.#uploads, randomUUID())
      await mkdir(folder, { recursive: true })
      try {
        return await this.#register(folder, { name, classes: classes ?? null }, place, kept, signal)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  }

  get(name: string): Promise<DatasetInfo> {
    return this.#shop.admit(async () => datasetInfo(await this.#shop.datasets.record(name)))
  }

  list(limit: number, cursor?: string): Promise<DatasetList> {
    return this.#shop.admit(async () => {
      if (cursor !== undefined && !isName(cursor)) throw badCursor()
      const page = await this.#shop.datasets.list(limit, cursor)
      const datasets = page.records.map(datasetInfo)
      return page.cursor === undefined ? { datasets } : { datasets, next_cursor: page.cursor }
    })
  }

  delete(name: string): Promise<void> {
    return this.#shop.admit(() => this.#shop.datasets.delete(name))
  }

  items(name: string, limit: number, cursor?: string): Promise<DatasetItemList> {
    return this.#shop.admit(async () => pageOf(await this.#shop.datasets.open(name), limit, cursor))
  }

  item(name: string, index: number, thumbnail?: number): Promise<SampleAccess> {
    return this.#shop.admit(async () => {
      const dataset = await this.#shop.datasets.open(name)
      dataset.pathOf(index)
      if (thumbnail !== undefined && dataset.summary.kind === 'tensors') {
        throw problemAt('validation-failed', '/thumbnail', 'is for images; this data set holds tensors')
      }
      const form = thumbnail === undefined ? '' : `-${thumbnail}`
      return {
        etag: `"${dataset.fingerprint.slice(0, 32)}-${index}${form}"`,
        read: (work = {}) => this.#shop.admit(() => this.#bytesOf(dataset, index, thumbnail, work)),
      }
    })
  }

  get #maxBytes(): number {
    return this.#shop.config.maxDatasetBytes ?? defaultLimit
  }

  /** Where to look for the files, and what is kept of it. */
  async #allowed(source: DatasetRequest['source']): Promise<[BuildSource, DatasetSource]> {
    const roots = this.#shop.config.datasetRoots ?? []
    if ('directory' in source) {
      const directory = await allowedDirectory(source.directory, roots)
      return [{ directory }, { directory }]
    }
    const s3 = allowedS3(source.s3, roots)
    const { bucket, prefix } = s3
    return [
      { s3, config: storeConfigOf(this.#shop.config) },
      { s3: prefix === '' ? bucket : `${bucket}/${prefix}` },
    ]
  }

  async #register(
    folder: string,
    { name, classes }: DatasetMetadata,
    build: BuildSource,
    source: DatasetSource,
    signal: AbortSignal | undefined,
  ): Promise<DatasetRegistration> {
    const { builder, datasets } = this.#shop
    const summary = await builder.build({ source: build, folder, classes: classes ?? undefined }, signal)
    const { created, record } = await datasets.publish({ name, source, summary, folder })
    return { created, dataset: datasetInfo(record) }
  }

  async #bytesOf(
    dataset: Dataset,
    index: number,
    thumbnail: number | undefined,
    work: WorkOptions,
  ): Promise<SampleBytes> {
    const item = await dataset.item(index)
    if (item.kind === 'tensor') {
      const bytes = writeNpy({ shape: item.shape, data: item.values })
      return { bytes, type: 'application/x-npy' }
    }
    const { maxImageBytes: maxBytes, maxImagePixels: maxPixels } = this.#shop.config
    if (thumbnail === undefined) {
      const type = imageType(item.bytes)
      if (type !== undefined) return { bytes: item.bytes, type }
      throw new ProblemError('image-not-supported', `${item.path} is no JPEG, PNG or WebP image.`)
    }
    const request = { bytes: item.bytes, limits: { maxBytes, maxPixels }, edge: thumbnail }
    return { bytes: await this.#shop.tools.thumbnail(request, work), type: 'image/png' }
  }
}

export const datasetService = (shop: DatasetWorkshop): DatasetService => new RunningDatasets(shop)
