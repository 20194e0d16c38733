import { type AttributionTask, pointer, problemAt, valuesOf } from '@crp-serve/contracts'
import { type Region, regionShares } from '@crp-serve/crp'
import type { RowTensor } from './program.ts'

type RegionTask = AttributionTask['output']['regions'][number]

function checkBox([x0, y0, x1, y1]: readonly number[], sizes: readonly number[], here: string): void {
  const [height, width] = sizes
  if (sizes.length !== 2) {
    const detail = `a box needs an input with height and width, this one has the axes [${sizes.join(', ')}]; give a mask`
    throw problemAt('region-invalid', here, detail)
  }
  if (0 <= x0! && x0! < x1! && x1! <= width! && 0 <= y0! && y0! < y1! && y1! <= height!) return
  const detail = `[${[x0, y0, x1, y1].join(', ')}] is no box [x0, y0, x1, y1] with 0 <= x0 < x1 <= ${width} and 0 <= y0 < y1 <= ${height}`
  throw problemAt('region-invalid', here, detail)
}

function checkRegion(region: RegionTask, sizes: readonly number[], here: string): void {
  if ('box' in region) checkBox(region.box, sizes, `${here}/box`)
  else if (region.mask.shape.join() !== sizes.join()) {
    const { shape } = region.mask
    const detail = `is [${shape.join(', ')}]; a mask has the shape of the heatmap, [${sizes.join(', ')}]`
    throw problemAt('region-invalid', `${here}/mask/shape`, detail)
  }
}

/**
 * Checks the regions of a request against the size of a sample.
 * @param sizes of the sample, channels first
 * @throws ProblemError `region-invalid` with a pointer to the region
 */
export function checkRegions({ output }: AttributionTask, sizes: readonly number[]): void {
  for (const [i, region] of output.regions.entries()) {
    checkRegion(region, sizes.slice(1), pointer('output', 'regions', i))
  }
}

/** Whether a heatmap is needed, for itself or for what lies in its regions. */
export const needsHeatmap = ({ output }: AttributionTask): boolean =>
  output.heatmap.length > 0 || output.regions.length > 0

/** The regions of a request as numbers. */
export const regionsOf = ({ output }: AttributionTask): Region[] =>
  output.regions.map((region) =>
    'box' in region
      ? { box: region.box as [number, number, number, number] }
      : { mask: Float64Array.from(valuesOf(region.mask), Number) },
  )

/** The share of the relevance inside every region; null where there is none. */
export function regionRelevance(regions: readonly Region[], heatmap: RowTensor): (number | null)[] {
  const shares = regionShares(heatmap.values, heatmap.sizes.at(-1) ?? 1, regions)
  return shares.map((share) => (Number.isFinite(share) ? share : null))
}
