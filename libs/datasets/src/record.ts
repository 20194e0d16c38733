import type { DatasetSummary } from './index-file.ts'

/** Where the samples of a data set lie. */
export type DatasetSource =
  /** Absolute path on every machine that reads the data set. */
  | { readonly directory: string }
  /** `bucket/prefix` */
  | { readonly s3: string }
  /** In the object store, out of an archive of so many bytes. */
  | { readonly upload: { readonly bytes: number } }

/** What is kept under a data set's name. */
export interface DatasetRecord {
  readonly name: string
  /** Names the objects of the data set; another registration has another one. */
  readonly id: string
  readonly source: DatasetSource
  /** RFC 3339. */
  readonly created_at: string
  readonly summary: DatasetSummary
}

const namesPrefix = 'dataset-names/'
const suffix = '.json'

/** Key of the record of a name; a record is written once. */
export const recordKey = (name: string): string => `${namesPrefix}${name}${suffix}`
export const recordsPrefix = namesPrefix
export const nameOfRecord = (key: string): string => key.slice(namesPrefix.length, -suffix.length)

type Placed = Pick<DatasetRecord, 'name' | 'id'>

/** Prefix of the objects of a data set. */
export const objectsPrefix = ({ name, id }: Placed): string => `datasets/${name}/${id}/`
export const indexKey = (record: Placed): string => `${objectsPrefix(record)}index.npz`
/** Key of the pack of an upload: its files one after the other. */
export const packKey = (record: Placed): string => `${objectsPrefix(record)}data.bin`
