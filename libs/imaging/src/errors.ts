/** What can be wrong with an image, a preprocessing description or a heatmap, as stable codes. */
export type ImagingErrorCode =
  /** Not an image, or none of JPEG, PNG and WebP. */
  | 'image-not-supported'
  /** The file ends too early or is damaged. */
  | 'image-truncated'
  /** Over the limit on bytes or on pixels. */
  | 'image-too-large'
  /** A preprocessing description is wrong or asks for what cannot be honoured. */
  | 'preprocessing-invalid'
  /** The name or the code of a colour map cannot be read. */
  | 'colormap-invalid'
  /** Rendering options out of range, or an array whose shape is no image. */
  | 'render-invalid'
  /** A heatmap holds NaN or an infinity. */
  | 'heatmap-not-finite'

/** Optional parts of an `ImagingError`. `pointer` is a JSON pointer into the object that caused it. */
export interface ImagingErrorParts {
  readonly pointer?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** The error of this library. Test `code`, not the class: errors cross processes by structure. */
export class ImagingError extends Error {
  readonly code: ImagingErrorCode
  readonly pointer?: string
  readonly details?: Readonly<Record<string, unknown>>

  constructor(code: ImagingErrorCode, message: string, parts: ImagingErrorParts = {}) {
    super(message, 'cause' in parts ? { cause: parts.cause } : undefined)
    this.name = 'ImagingError'
    this.code = code
    if (parts.pointer !== undefined) this.pointer = parts.pointer
    if (parts.details !== undefined) this.details = parts.details
  }
}
