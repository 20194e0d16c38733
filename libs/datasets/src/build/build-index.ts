import { createHash } from 'node:crypto'
import { DatasetError } from '../errors.ts'
import { dataName, type FileSource, manifestName, type SourceFile } from '../files.ts'
import type { DatasetColumns, DatasetIndex, DatasetSummary, Labelling, Texts } from '../index-file.ts'
import { rowsOfFolders } from './folders.ts'
import { rowsOfManifest } from './manifest.ts'
import { rowsOfTensors } from './tensors.ts'

/** What a layout says of a data set. */
export interface Rows {
  /** The file of each sample; of tensors, `data.npy` alone. */
  readonly files: readonly SourceFile[]
  /** Positions of classes, for each sample. */
  readonly labels: readonly (readonly number[])[]
  readonly classes: readonly string[]
  readonly labelling: Labelling
  readonly tensor?: DatasetSummary['tensor']
}

/** The layout of the files: a manifest comes before tensors, and tensors before class folders. */
function rowsOf(source: FileSource, classes: readonly string[] | undefined): Promise<Rows> | Rows {
  const named = (name: string) => source.files.find(({ path }) => path === name)
  const manifest = named(manifestName)
  if (manifest !== undefined) return rowsOfManifest(source, manifest, classes)
  const data = named(dataName)
  if (data !== undefined) return rowsOfTensors(source, data, classes)
  return rowsOfFolders(source.files, classes)
}

/**
 * Makes the index of a data set from its files.
 * @param classes names of the model's outputs, where they were given
 * @throws DatasetError `dataset-empty`, `dataset-invalid`
 */
export async function buildIndex(
  source: FileSource,
  classes: readonly string[] | undefined,
): Promise<DatasetIndex> {
  const rows = await rowsOf(source, classes)
  if (rows.labels.length === 0) {
    const layouts = `images in class folders, a ${manifestName}, or ${dataName} with its labels`
    throw new DatasetError('dataset-empty', `The data set holds no sample; it takes ${layouts}.`)
  }
  const used = new Set(rows.files)
  const { tensor } = rows
  return {
    columns: columnsOf(rows),
    summary: {
      kind: tensor === undefined ? 'images' : 'tensors',
      samples: rows.labels.length,
      classes: rows.classes,
      labelling: rows.labelling,
      classesGiven: classes !== undefined,
      fingerprint: fingerprintOf(rows),
      ignored: source.ignored + source.files.filter((file) => !used.has(file) && !isOfLayout(file)).length,
      ...(tensor === undefined ? {} : { tensor }),
    },
  }
}

const isOfLayout = ({ path }: SourceFile): boolean => /^(manifest\.jsonl|labels\.npy)$/.test(path)

/** Starts of pieces of these lengths that stand one after the other, and the end of the last. */
function startsOf(lengths: readonly number[]): Float64Array {
  const starts = new Float64Array(lengths.length + 1)
  for (const [i, length] of lengths.entries()) starts[i + 1] = starts[i]! + length
  return starts
}

function textsOf(texts: readonly string[]): Texts {
  const bytes = texts.map((text) => Buffer.from(text))
  return { text: new Uint8Array(Buffer.concat(bytes)), start: startsOf(bytes.map(({ length }) => length)) }
}

function columnsOf({ files, labels }: Rows): DatasetColumns {
  const paths = textsOf(files.map(({ path }) => path))
  const hasVersions = files.some(({ version }) => version)
  const of = (field: 'size' | 'modified' | 'offset') => Float64Array.from(files, (file) => file[field])
  return {
    paths: paths.text,
    pathStart: paths.start,
    ...(hasVersions ? { versions: textsOf(files.map(({ version = '' }) => version)) } : {}),
    size: of('size'),
    modified: of('modified'),
    offset: of('offset'),
    labels: Int32Array.from(labels.flat()),
    labelStart: startsOf(labels.map(({ length }) => length)),
  }
}

function fingerprintOf({ files, labels, classes, labelling, tensor }: Rows): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify({ classes, labelling, tensor }))
  for (const { path, size, modified, version, digest } of files) {
    hash.update(`\n${JSON.stringify(path)} ${digest ?? version ?? `${size} ${modified}`}`)
  }
  for (const of of labels) hash.update(`\n${of.join(' ')}`)
  return hash.digest('hex')
}
