/** An 8-bit RGB image. `rgb` is row-major [height, width, 3]. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}
