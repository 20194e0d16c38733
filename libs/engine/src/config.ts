import type { S3Config, StoreConfig } from '@crp-serve/storage'

/** What the engine needs to know; the attribution worker's configuration has these fields. */
export interface EngineConfig extends Partial<S3Config> {
  /** Where models, data sets and results are kept; files below `dataDir` by default. */
  readonly storeUrl?: StoreConfig['storeUrl']
  /** Folders and `s3://bucket/prefix` places below which data sets may lie; none by default. */
  readonly datasetRoots?: readonly string[]
  /** Seconds for which presigned links to pictures last. Default 3600. */
  readonly presignedLinkSeconds?: number | undefined
  /** Bytes of the pictures of a run that requests may leave in the store. Default 1 GiB. */
  readonly referencePictureBytes?: number | undefined
  /** Bytes of an uploaded data set, and of what it holds. Default 4 GiB. */
  readonly maxDatasetBytes?: number
  /** Folder of models and compiled plans. */
  readonly dataDir: string
  /** Engine children, which run ONNX Runtime. */
  readonly engineProcesses: number
  /** Threads of each of them. */
  readonly engineThreads: number
  /** Budget of the cached sessions of each, bytes of private memory. */
  readonly engineMemoryBytes: number
  /** Private memory at which a child is replaced, bytes. */
  readonly engineRssLimit: number
  readonly executionProvider: 'cpu' | 'cuda'
  /** Bytes of an uploaded model with its external data. */
  readonly maxModelBytes: number
  /** Bytes of an encoded image. */
  readonly maxImageBytes: number
  /** Width times height of an image. */
  readonly maxImagePixels: number
  /** Samples times conditions of one request; a condition that ranks k channels counts k times. */
  readonly maxRows: number
  /** Most rows of different requests that are computed together; 1 computes every request alone. Default 16. */
  readonly batchMaxRows?: number | undefined
  /** How long a request waits for others to be computed with, ms. Default 0: it goes with those that wait already. */
  readonly batchDelayMs?: number | undefined
}

/** Priorities of work: interactive requests never wait behind jobs. */
export const priorities = { interactive: 0, job: -1 } as const

/** How a request wants to be treated. */
export interface WorkOptions {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
  /** Moment after which nobody wants the answer, in milliseconds since the epoch. */
  readonly deadline?: number | undefined
  /** One of `priorities`; higher goes first. */
  readonly priority?: number | undefined
  /** On whose behalf; turns are fair among tenants. */
  readonly tenant?: string | undefined
  /** Waited for before every batch of rows: whoever computes in the background lets others go first here. */
  readonly between?: (() => Promise<void>) | undefined
  /** Told after every row of an answer how many there are. */
  readonly onRow?: ((done: number, total: number) => void) | undefined
}

/** How the object store is reached. */
export const storeConfigOf = ({
  dataDir,
  storeUrl = null,
  s3Endpoint = null,
  s3PublicEndpoint = null,
  s3Region = 'us-east-1',
  s3Credentials,
}: EngineConfig): StoreConfig => ({
  dataDir,
  storeUrl,
  s3Endpoint,
  s3PublicEndpoint,
  s3Region,
  ...(s3Credentials === undefined ? {} : { s3Credentials }),
})
