/** Limits that hold unless the configuration says otherwise. */
export const defaultLimits = {
  /** Bytes of a JSON or multipart body, models excepted. */
  bodyBytes: 64 * 1024 * 1024,
  /** Bytes of one encoded image. */
  imageBytes: 32 * 1024 * 1024,
  /** Bytes of an uploaded model with its external data. */
  modelBytes: 2 * 1024 ** 3,
  /** Samples times conditions of a synchronous attribution; a condition that ranks k channels counts k times. */
  rows: 256,
  /** Milliseconds for a synchronous answer. */
  requestTimeoutMs: 120_000,
} as const

/** Limits that are part of the schemas. */
export const schemaLimits = {
  inputs: 4096,
  conditions: 65_536,
  /** Vectors of one condition at one layer: making a basis of them takes their number squared. */
  directions: 128,
  /** Channels that a condition may have ranked. */
  ranked: 4096,
  /** Levels of an attribution graph. */
  levels: 64,
  tensorRank: 8,
  top: 100_000,
  labelLength: 1024,
} as const

/** What one page of references may hold. */
export const pageLimits = {
  pictures: 1024,
  /** Without margins: 384 MiB before the page is packed, and its cells are no more than that. */
  pixels: 2 ** 27,
} as const
