export { type ColormapName, colormaps, palette } from './colormap.ts'
export { type DecodeLimits, decodeImage } from './decode.ts'
export { ImagingError, type ImagingErrorCode } from './errors.ts'
export { type CropRange, cropRange, fieldOf, gaussianBlur, type Plane } from './field.ts'
export { type RenderOptions, renderHeatmap } from './heatmap.ts'
export type { RgbImage } from './image.ts'
export { type ImageArray, type ImgifyOptions, imgify } from './imgify.ts'
export { encodePng, pngSize } from './png.ts'
export { type ImageTensor, preprocess, resizeAndCrop, thumbnail } from './preprocess.ts'
export { normalizePreprocessing, type Preprocessing } from './preprocessing.ts'
export {
  defaultCropThreshold,
  type HeatmapOptions,
  heatmapImages,
  type OpaqueOptions,
  opaqueImage,
  type Reference,
} from './reference.ts'
export { type Interpolation, resizeImage } from './resample.ts'
export { fitted, imageSheet, type SheetRow } from './sheet.ts'
export { imageType } from './sniff.ts'
export { onSquare, type RgbaImage } from './square.ts'
