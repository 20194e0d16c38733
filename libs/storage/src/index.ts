export { StorageError, type StorageErrorCode } from './errors.ts'
export { FileSystemObjectStore } from './file-system-store.ts'
export { checkKey, isKey, keySegment } from './keys.ts'
export { type NpyArray, type NpyType, readNpy, writeNpy } from './npy.ts'
export { type NpzEntries, readNpz, writeNpz } from './npz.ts'
export {
  isLocal,
  type ListOptions,
  type LocalObjectStore,
  type ObjectBody,
  type ObjectInfo,
  type ObjectPage,
  type ObjectStore,
} from './object-store.ts'
export type { Tensor, TensorData } from './tensor.ts'
