import type { PictureTask } from '@crp-serve/contracts'
import { problemAt, queryPointer } from '@crp-serve/contracts'
import type { RgbImage } from '@crp-serve/imaging'
import { mapConcurrently } from '../attribution/concurrently.ts'
import { loadInput } from '../attribution/samples.ts'
import type { WorkOptions } from '../config.ts'
import { fieldOfElement } from '../receptive-field.ts'
import type { DrawRequest } from '../tools/draw.ts'
import { type ConceptSample, conceptHeatmaps, type HeatmapStart } from './heatmaps.ts'
import { needsHeatmap, pictureHash, pictureKey } from './picture-key.ts'
import type { RankedSample } from './rankings.ts'
import { getIfPresent } from './runs.ts'
import type { RankedLayer, Studio, Subject } from './subject.ts'
import { startOf } from './targets.ts'

/** A picture that is known by its key before it is drawn. */
export interface PlannedPicture {
  readonly hash: string
  /** Where it lies in the store once it is drawn. */
  readonly key: string
  readonly channel: number
  readonly ranked: RankedSample
  readonly start: HeatmapStart
}

/** What pictures of one ranking are made of. */
export interface PictureSet {
  readonly subject: Subject
  readonly ranking: RankedLayer
  readonly task: PictureTask
}

/** Pictures that are drawn together: their samples are in memory at once. */
export const drawnTogether = 16

/** Samples that are read, or pictures that are drawn, at the same time. */
const atOnce = 2

/** Finds the key of a picture. */
export async function planPicture(
  { runs }: Pick<Studio, 'runs'>,
  { subject, ranking, task }: PictureSet,
  channel: number,
  ranked: RankedSample,
): Promise<PlannedPicture> {
  const start: HeatmapStart =
    needsHeatmap(task) && task.start === 'class'
      ? await startOf(runs, subject, ranking, channel, ranked)
      : 'layer'
  const hash = pictureHash(subject, ranking, channel, ranked, start, task)
  return { hash, key: pictureKey(subject.manifest.id, hash), channel, ranked, start }
}

/** A sample as the model takes it and as it is looked at. */
interface SeenSample {
  readonly sizes: readonly number[]
  readonly values: Float32Array
  readonly picture: RgbImage | null
}

async function seenSample(
  { shop }: Pick<Studio, 'shop'>,
  { record, items }: Subject,
  index: number,
  work: WorkOptions,
): Promise<SeenSample> {
  const input = await items.read(index, work.signal)
  const { tools, config, datasets } = shop
  const source = { tools, config, record, datasets, pictures: true, work }
  const [sample] = await loadInput(input, source, '')
  return sample!
}

/** The sample as something to look at: the picture itself, or its values. */
function visible({ sizes, values, picture }: SeenSample): DrawRequest['sample'] {
  if (picture) return picture
  const [channels, height, width] = sizes as [number, number, number]
  if (sizes.length === 3 && (channels === 1 || channels === 3)) return { channels, height, width, values }
  const detail = `a sample of [${sizes.join(', ')}] is no picture: it has neither one channel nor three`
  throw problemAt('render-invalid', queryPointer('style'), detail)
}

/** The receptive field of the stored neuron as rows and columns; null where there is nothing to cut. */
function fieldRange({ ranking, task }: PictureSet, { channel, ranked }: PlannedPicture) {
  const { receptiveField: fields } = ranking.described
  if (task.crop !== 'field' || fields?.length !== 2) return null
  const { concepts, sizes } = ranking.layer
  const [[top, bottom], [left, right]] = fieldOfElement(
    fields,
    [concepts, ...sizes],
    channel,
    ranked.neuron,
  ) as [[number, number], [number, number]]
  return { top, bottom, left, right }
}

function drawRequest(
  set: PictureSet,
  planned: PlannedPicture,
  sample: SeenSample,
  heatmap: Float32Array | null,
): DrawRequest {
  const { cropThreshold, visThreshold, start, rf, crop, ...options } = set.task
  return {
    sample: visible(sample),
    heatmap,
    options: {
      ...options,
      visibleThreshold: visThreshold,
      range: fieldRange(set, planned),
      cropThreshold: crop === 'peer' ? cropThreshold : null,
    },
  }
}

/** Draws pictures whose samples fit into memory together, and puts them into the store. */
async function drawTogether(
  studio: Studio,
  set: PictureSet,
  planned: readonly PlannedPicture[],
  work: WorkOptions,
): Promise<Uint8Array[]> {
  const { subject, ranking, task } = set
  const indices = [...new Set(planned.map(({ ranked }) => ranked.sample))]
  const loaded = await mapConcurrently(indices, atOnce, (index) => seenSample(studio, subject, index, work))
  const samples = planned.map(({ ranked }) => loaded[indices.indexOf(ranked.sample)]!)
  const conceptSamples = planned.map(
    ({ channel, ranked, start }, i): ConceptSample => ({
      ...samples[i]!,
      channel,
      neuron: task.rf ? ranked.neuron : null,
      start,
    }),
  )
  const heatmaps = needsHeatmap(task)
    ? await conceptHeatmaps(studio, subject, ranking.layer.name, conceptSamples, work)
    : null
  return await mapConcurrently(planned, atOnce, async (picture, i) => {
    const request = drawRequest(set, picture, samples[i]!, heatmaps?.[i] ?? null)
    const png = await studio.shop.tools.draw(request, work).catch(blamingQuery)
    await studio.shelf.put(subject.manifest.id, picture.key, png)
    return png
  })
}

/** Errors of drawing point into the options; here those are fields of the query. */
function blamingQuery(error: unknown): never {
  const { code, message, pointer } = error as { code?: unknown; message: string; pointer?: string }
  if (code === 'colormap-invalid') throw problemAt(code, queryPointer('colormap'), message)
  if (code === 'render-invalid' && pointer) throw problemAt(code, `/querystring${pointer}`, message)
  throw error
}

/**
 * The pictures as PNG, in order: from the store where they were drawn before, else drawn and put there.
 * @throws errors of the data set, of decoding, of the engine and of drawing
 */
export async function picturesOf(
  studio: Studio,
  set: PictureSet,
  planned: readonly PlannedPicture[],
  work: WorkOptions,
): Promise<Uint8Array[]> {
  const found = await mapConcurrently(planned, 8, ({ key }) => getIfPresent(studio.runs.store, key))
  const missing = planned.filter((_, i) => found[i] === null)
  const together = Math.min(drawnTogether, studio.shop.config.maxRows)
  const drawn = new Map<string, Uint8Array>()
  for (let from = 0; from < missing.length; from += together) {
    const group = missing.slice(from, from + together)
    const pngs = await drawTogether(studio, set, group, work)
    for (const [i, { key }] of group.entries()) drawn.set(key, pngs[i]!)
  }
  return planned.map(({ key }, i) => found[i] ?? drawn.get(key)!)
}
