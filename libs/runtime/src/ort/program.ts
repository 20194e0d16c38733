/** A dense tensor, row-major. `bool` is stored as one byte (0 or 1) per element. */
export interface Tensor {
  readonly type: 'float32' | 'int64' | 'bool' | 'int32' | 'uint8' | 'float64'
  readonly dims: readonly number[]
  readonly data: Float32Array | BigInt64Array | Uint8Array | Int32Array | Float64Array
}

/** An input of a step: a tensor, or one that an earlier step of the same program kept. */
export type Feed = Tensor | { readonly slot: string }

/** One run of one model. At least one of its outputs is fetched or kept. */
export interface Step {
  /** Absolute path of the ONNX file; external weights lie beside it. A path must never change its content. */
  readonly model: string
  /** Exactly the model's inputs. */
  readonly feeds: Readonly<Record<string, Feed>>
  /** Outputs that the caller gets. */
  readonly fetch: readonly string[]
  /** Outputs that later steps may use: output name -> slot. A slot lives until the program ends. */
  readonly keep?: Readonly<Record<string, string>>
}

/** A result of a program. */
export interface ProgramResult {
  /** Per step, what it fetched. */
  readonly outputs: Record<string, Tensor>[]
  /** Time in ONNX Runtime's `run`, ms, all steps together. */
  readonly computeMs: number
  /** Time spent on loading sessions that were not cached, ms. */
  readonly loadMs: number
}

/** An input or output of a model. A dimension is a number, or the name of a symbolic one (empty when it has none). */
export interface ValueInfo {
  readonly name: string
  readonly type: string
  readonly dims: readonly (number | string)[]
}

/** What a session says of its model. */
export interface ModelInfo {
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
}

/** Settings of an engine child. */
export interface EngineSettings {
  readonly executionProvider: 'cpu' | 'cuda'
  /** Threads inside one operator. */
  readonly threads: number
  /** Budget of a child's cached sessions, bytes of private memory. */
  readonly memoryBytes: number
}
