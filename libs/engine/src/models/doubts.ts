import type { Preprocessing } from '@crp-serve/imaging'
import type { DeclaredDim } from '@crp-serve/onnx'
import { isFixed, preprocessedSize } from '../tools/input-size.ts'
import type { ModelRecord } from './record.ts'

/** Labels that are not as many as the model has outputs. */
function doubtLabels({ metadata, inspection }: ModelRecord): string[] {
  const { labels } = metadata
  const classes = inspection.outputs.find(({ name }) => name === inspection.output)?.shape[1]
  if (!labels || typeof classes !== 'number' || labels.length === classes) return []
  return [`labels has ${labels.length} names, but the output "${inspection.output}" has ${classes} classes.`]
}

const heightWidth = (shape: readonly DeclaredDim[], layout: Preprocessing['layout']) =>
  (layout === 'NCHW' ? shape.slice(2, 4) : shape.slice(1, 3)) as readonly number[]

/** Images that keep their own size or aspect ratio, for a model that takes one size. */
function doubtSize({ inspection }: ModelRecord): string[] {
  const { preprocessing, inputShape } = inspection
  if (!preprocessing || !inputShape || !isFixed(inputShape) || preprocessedSize(preprocessing)) return []
  const [height = 0, width = 0] = heightWidth(inputShape, preprocessing.layout)
  const becomes =
    preprocessing.size === null
      ? 'without `size` images are not resized'
      : `with \`size\` ${preprocessing.size} and no crop images keep their aspect ratio`
  return [
    `preprocessing: ${becomes}, but the model takes ${height} x ${width} alone; other images will be refused. Give "size": [${height}, ${width}], with "resize": "shorter_side", "crop": true to keep the aspect ratio.`,
  ]
}

/** A mean of pixels in 0..255, although pixels are scaled first. */
function doubtMean({ inspection }: ModelRecord): string[] {
  const { preprocessing } = inspection
  if (!preprocessing) return []
  const greatest = 255 * Math.abs(preprocessing.scale)
  const far = preprocessing.mean.find((mean) => Math.abs(mean) > greatest * (1 + 1e-6))
  if (far === undefined) return []
  return [
    `preprocessing: the mean ${far} is beyond the greatest value that a pixel has after \`scale\`, ${Number(greatest.toPrecision(6))}; for a mean of pixels in 0 to 255 give "scale": 1.`,
  ]
}

/** What of a model's metadata is legal but most likely a mistake, in words. */
export const doubts = (record: ModelRecord): string[] => [
  ...doubtLabels(record),
  ...doubtSize(record),
  ...doubtMean(record),
]
