/** What the engine needs to know; the attribution worker's configuration has these fields. */
export interface EngineConfig {
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
  /** Samples times conditions of one request. */
  readonly maxRows: number
}

/** How a request wants to be treated. */
export interface WorkOptions {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
  /** Moment after which nobody wants the answer, in milliseconds since the epoch. */
  readonly deadline?: number | undefined
}
