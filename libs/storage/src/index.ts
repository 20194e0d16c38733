export { StorageError, type StorageErrorCode } from './errors.ts'
export { FileSystemObjectStore } from './file-system-store.ts'
export { checkKey, compareKeys, isKey, keySegment } from './keys.ts'
export {
  type NpyArray,
  type NpyHeader,
  type NpyType,
  npyHeader,
  readNpy,
  readNpyHeader,
  writeNpy,
  writeNpyStrings,
} from './npy.ts'
export { type NpzEntries, npyName, readNpz, writeNpz } from './npz.ts'
export {
  canPresign,
  isLocal,
  type ListOptions,
  type LocalObjectStore,
  type ObjectBody,
  type ObjectInfo,
  type ObjectPage,
  type ObjectStore,
  type PresigningObjectStore,
  type PresignOptions,
} from './object-store.ts'
export {
  openObjectStore,
  openS3,
  parseS3Url,
  type S3Config,
  type S3Location,
  type StoreConfig,
} from './open-store.ts'
export type { S3Credentials, S3Options } from './s3/client.ts'
export type { S3ObjectStore } from './s3/s3-store.ts'
export { storedZip, type ZipFile } from './stored-zip.ts'
export type { Tensor, TensorData } from './tensor.ts'
