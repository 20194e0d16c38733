export { type ErrorParts, RuntimeError, type RuntimeErrorCode } from './errors.ts'
export type {
  Feed,
  ModelInfo,
  ProgramResult,
  Step,
  Tensor,
  ValueInfo,
} from './ort/program.ts'
export {
  type ExecuteOptions,
  type Execution,
  type Runtime,
  type RuntimeOptions,
  startRuntime,
} from './ort/runtime.ts'
export { type FolderOptions, writeFolderOptions } from './ort/session-file.ts'
export { type ChildEntry, childEntry } from './pool/child-entry.ts'
export type { ChildExit } from './pool/forked-child.ts'
export { obsolete, type Reply, type RequestOptions, watchWork } from './pool/job.ts'
export { type PoolEvent, type PoolOptions, type PoolStatus, ProcessPool } from './pool/pool.ts'
export type { Handler, HandlerContext, Handlers } from './pool/protocol.ts'
export { type ChildService, type ChildSetup, serveChild } from './pool/serve-child.ts'
