import { createHash } from 'node:crypto'
import type { PictureTask } from '@crp-serve/contracts'
import type { HeatmapStart } from './heatmaps.ts'
import { runPrefix } from './layout.ts'
import type { RankedSample } from './rankings.ts'
import type { RankedLayer, Subject } from './subject.ts'

/** Raise it when the same request draws another picture. */
const drawingVersion = 1

/** Whether a picture shows anything of a heatmap. */
export const needsHeatmap = ({ style, crop }: PictureTask): boolean => style !== 'plain' || crop === 'peer'

/** What of a request decides the picture; the rest is left out, so that equal pictures have equal keys. */
function decisive(task: PictureTask): Partial<PictureTask> {
  const { style, crop, size, kernelSize } = task
  const blurred = style === 'opaque' || crop === 'peer'
  return {
    style,
    crop,
    size,
    ...(crop === 'peer' ? { cropThreshold: task.cropThreshold } : {}),
    ...(blurred ? { kernelSize } : {}),
    ...(style === 'opaque' ? { alpha: task.alpha, visThreshold: task.visThreshold } : {}),
    ...(style === 'heatmap' ? { colormap: task.colormap, symmetric: task.symmetric, level: task.level } : {}),
  }
}

/** SHA-256 of values as JSON. */
export const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** The key of a picture: everything that decides its bytes, as SHA-256. */
export function pictureHash(
  { record, manifest, items }: Subject,
  { layer }: RankedLayer,
  channel: number,
  { sample, neuron }: RankedSample,
  start: HeatmapStart,
  task: PictureTask,
): string {
  const heatmap = needsHeatmap(task)
  return hashOf({
    version: drawingVersion,
    model: record.sha256,
    preprocessing: record.inspection.preprocessing,
    dataset: [manifest.dataset, items.fingerprint],
    sample,
    task: decisive(task),
    ...(heatmap
      ? {
          layer: layer.name,
          channel,
          start,
          neuron: task.rf ? neuron : null,
          composite: manifest.composite,
          output: record.metadata.output ?? null,
        }
      : {}),
    ...(task.crop === 'field' ? { field: [layer.name, channel, neuron] } : {}),
  })
}

/** Where the pictures of a run lie in the store. */
export const picturesPrefix = (run: string): string => `${runPrefix(run)}images/`

/** Where a picture lies in the store. */
export const pictureKey = (run: string, hash: string): string => `${picturesPrefix(run)}${hash}.png`
