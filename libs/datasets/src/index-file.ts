import { readNpz, type Tensor, writeNpz } from '@crp-serve/storage'

/** What labels are: names of classes, or outputs of a model by their index. */
export type Labelling = 'names' | 'outputs'

/** What is known of a data set without looking at its samples. */
export interface DatasetSummary {
  readonly kind: 'images' | 'tensors'
  readonly samples: number
  /** Names of the classes; a label is a position in this list. */
  readonly classes: readonly string[]
  readonly labelling: Labelling
  /** Whether `classes` was given: positions are then outputs of the model. */
  readonly classesGiven: boolean
  /** SHA-256 over paths, labels and contents (an upload) or sizes and times (files that stay where they are). */
  readonly fingerprint: string
  /** Files beside the samples that were passed over. */
  readonly ignored: number
  /** Of tensors: the shape of a sample, and where the first begins in `data.npy`. */
  readonly tensor?: { readonly shape: readonly number[]; readonly dataStart: number }
}

/** Texts as UTF-8, one after the other. */
export interface Texts {
  readonly text: Uint8Array
  /** Where each begins in `text`, and where the last ends. */
  readonly start: Float64Array
}

/** Where the samples are and what their labels are, as columns: a row takes about 40 bytes and its path. */
export interface DatasetColumns {
  /** UTF-8 of all paths, one after the other; tensors have one path, that of `data.npy`. */
  readonly paths: Uint8Array
  /** Where each path begins in `paths`, and where the last ends: rows + 1. */
  readonly pathStart: Float64Array
  /** UTF-8 of the versions of all objects, and where each begins, as of paths; absent where files have none. */
  readonly versions?: Texts
  /** Bytes of each file. */
  readonly size: Float64Array
  /** Milliseconds of each file's last change, or 0 where it cannot change. */
  readonly modified: Float64Array
  /** Where each file begins in the pack of an upload; 0 for files of their own. */
  readonly offset: Float64Array
  /** Positions of classes. */
  readonly labels: Int32Array
  /** Where the labels of each sample begin, and where the last end: samples + 1. */
  readonly labelStart: Float64Array
}

/** All that there is to know of a data set but its samples' bytes. */
export interface DatasetIndex {
  readonly summary: DatasetSummary
  readonly columns: DatasetColumns
}

/** Largest index that is read: some forty million samples (.npz files end at 4 GiB). */
const maxIndexBytes = 4 * 2 ** 30

/** An index as a .npz file, which `numpy.load` reads too. */
export function writeIndex({ summary, columns: { versions, ...columns } }: DatasetIndex): Uint8Array {
  const all = { ...columns, ...(versions && { versions: versions.text, versionStart: versions.start }) }
  const entries = Object.entries(all).map(([name, data]: [string, Tensor['data']]) => [
    name,
    { shape: [data.length], data },
  ])
  return writeNpz({
    ...(Object.fromEntries(entries) as Record<string, Tensor>),
    'summary.json': Buffer.from(JSON.stringify(summary)),
  })
}

/** The counterpart of `writeIndex`; throws where the file is not what that wrote. */
export function readIndex(bytes: Uint8Array): DatasetIndex {
  const entries = readNpz(bytes, maxIndexBytes)
  const column = <T extends Tensor['data']>(name: string): T => (entries[name] as Tensor).data as T
  const summary = Buffer.from(entries['summary.json'] as Uint8Array).toString()
  return {
    summary: JSON.parse(summary) as DatasetSummary,
    columns: {
      paths: column('paths'),
      pathStart: column('pathStart'),
      ...('versions' in entries
        ? { versions: { text: column('versions'), start: column('versionStart') } }
        : {}),
      size: column('size'),
      modified: column('modified'),
      offset: column('offset'),
      labels: column('labels'),
      labelStart: column('labelStart'),
    },
  }
}
