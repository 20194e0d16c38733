import { pageLimits, problemAt, queryPointer, type ReferenceTask } from '@crp-serve/contracts'
import { pngSize } from '@crp-serve/imaging'
import { mapConcurrently } from '../attribution/concurrently.ts'
import type { WorkOptions } from '../config.ts'
import { mostSide } from '../tools/draw.ts'
import { hashOf, pictureKey } from './picture-key.ts'
import { drawnTogether, type PictureSet, type PlannedPicture, picturesOf, planPicture } from './pictures.ts'
import { type NamedPicture, type OpenedRanking, openRanking } from './references.ts'
import { getIfPresent } from './runs.ts'
import type { Studio } from './subject.ts'

/** Raise it when the same pictures are put together in another way. */
const sheetVersion = 1

/** Pictures of one concept, line by line. */
interface PlannedRow {
  readonly label: number
  readonly lines: readonly { readonly set: PictureSet; readonly planned: readonly PlannedPicture[] }[]
}

/** Cells have the sheet's size, not one of their own. A heatmap stands below the sample that it is of. */
const linesOf = (opened: OpenedRanking): PictureSet[] => {
  const cells = { ...opened, task: { ...opened.task, size: null } }
  if (opened.task.style !== 'heatmap') return [cells]
  return [{ ...cells, task: { ...cells.task, style: 'plain' as const } }, cells]
}

async function plannedRow(studio: Studio, opened: OpenedRanking, label: number): Promise<PlannedRow> {
  const samples = opened.samplesOf(label)
  const lines = linesOf(opened).map(async (set) => ({
    set,
    planned: await Promise.all(samples.map((sample) => planPicture(studio, set, label, sample))),
  }))
  return { label, lines: await Promise.all(lines) }
}

function refuseTooMany({ concepts, ranks: [from, to], picture: { style, size } }: ReferenceTask): void {
  const cells = concepts.length * (to - from)
  if (cells > pageLimits.pictures) {
    const detail = `${cells} pictures are over the limit of ${pageLimits.pictures}; ask for fewer concepts or ranks`
    throw problemAt('too-many-rows', queryPointer('to'), detail)
  }
  const pixels = cells * (style === 'heatmap' ? 2 : 1) * (size ?? mostSide) ** 2
  if (pixels <= pageLimits.pixels) return
  const detail = `${cells} pictures of that size have ${pixels} pixels, over the limit of ${pageLimits.pixels} of a page`
  throw problemAt('render-invalid', queryPointer('size'), detail)
}

/**
 * Answers `GET /v1/references/grid`: a row for every concept, with its number in front (zennit-crp's `plot_grid`).
 * @throws ProblemError as `openRanking`, and `too-many-rows`
 */
export async function referenceGrid(
  studio: Studio,
  task: ReferenceTask,
  work: WorkOptions,
): Promise<NamedPicture> {
  refuseTooMany(task)
  const opened = await openRanking(studio, task)
  const rows = await Promise.all(task.concepts.map((concept) => plannedRow(studio, opened, concept)))
  const side = task.picture.size
  const hash = hashOf({
    version: sheetVersion,
    side,
    rows: rows.map(({ label, lines }) => [label, lines.map(({ planned }) => planned.map((one) => one.hash))]),
  })
  const { id } = opened.subject.manifest
  const key = pictureKey(id, hash)
  const draw = async () => {
    const drawn = await drawnRows(studio, rows, side ?? mostSide, work)
    const png = await studio.shop.tools.sheet({ rows: drawn, side }, work)
    await studio.shelf.put(id, key, png)
    return png
  }
  return { hash, bytes: async () => (await getIfPresent(studio.runs.store, key)) ?? (await draw()) }
}

/** Cells that are made smaller at the same time. */
const reducedAtOnce = 2

/** A picture no larger than its cell. */
async function cellOf({ shop }: Studio, bytes: Uint8Array, edge: number, work: WorkOptions) {
  const { width, height } = pngSize(bytes)
  if (Math.max(width, height) <= edge) return bytes
  const limits = { maxBytes: bytes.length, maxPixels: width * height }
  return await shop.tools.thumbnail({ bytes, limits, edge }, work)
}

/** The cells of a line of all rows. Pictures in their own size are in memory only as many as are drawn together. */
async function cellsOf(
  studio: Studio,
  set: PictureSet,
  planned: readonly PlannedPicture[],
  edge: number,
  work: WorkOptions,
): Promise<Uint8Array[]> {
  const cells: Uint8Array[] = []
  for (let from = 0; from < planned.length; from += drawnTogether) {
    const pngs = await picturesOf(studio, set, planned.slice(from, from + drawnTogether), work)
    cells.push(...(await mapConcurrently(pngs, reducedAtOnce, (png) => cellOf(studio, png, edge, work))))
  }
  return cells
}

/** The cells of all rows; those of one line of all concepts are drawn together. */
async function drawnRows(studio: Studio, rows: readonly PlannedRow[], edge: number, work: WorkOptions) {
  const drawn: ReadonlyMap<string, Uint8Array>[] = []
  for (const [l, { set }] of rows[0]!.lines.entries()) {
    const planned = rows.flatMap((row) => row.lines[l]!.planned)
    const cells = await cellsOf(studio, set, planned, edge, work)
    drawn.push(new Map(planned.map(({ key }, i) => [key, cells[i]!])))
  }
  return rows.map((row) => ({
    label: row.label,
    lines: row.lines.map(({ planned }, l) => planned.map(({ key }) => drawn[l]!.get(key)!)),
  }))
}
