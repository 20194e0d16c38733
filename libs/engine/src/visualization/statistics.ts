import { problemAt, queryPointer, type StatisticsList, type StatisticsTask } from '@crp-serve/contracts'
import { topTargets } from '@crp-serve/crp'
import { mapConcurrently } from '../attribution/concurrently.ts'
import { readPart } from './rankings.ts'
import { checkConcepts, findRun, rankedLayer, type Studio, subjectOf } from './subject.ts'

/** Arrays that are read at the same time: there is one for every class. */
const readAtOnce = 16

const figure = (value: number): number | null => (Number.isFinite(value) ? value : null)

/**
 * Answers `GET /v1/statistics` (zennit-crp's `compute_stats`).
 * @throws ProblemError as `openRanking`, and `mode-not-collected` for a run without statistics of the mode
 */
export async function listStatistics(studio: Studio, task: StatisticsTask): Promise<StatisticsList> {
  const subject = await subjectOf(studio, await findRun(studio, task))
  const { manifest, record } = subject
  const { layer, described, mode } = await rankedLayer(studio, subject, task.layer, { ...task, target: null })
  checkConcepts({ layer, described, mode, target: null }, [task.concept])
  const targets = manifest.statistics[mode]
  if (targets === undefined) {
    const kept = Object.keys(manifest.statistics)
    const detail = `the feature visualization ${manifest.id} has no statistics of ${mode}`
    throw problemAt('mode-not-collected', queryPointer('mode'), detail, kept)
  }
  const values = await mapConcurrently(targets, readAtOnce, async (target) => {
    const { shape, data } = await readPart(studio.runs.store, manifest, { layer, mode, target }, 'rel')
    const rows = Array.from({ length: shape[0]! }, (_, row) => Number(data[row * shape[1]! + task.concept]))
    return { target, values: rows }
  })
  return {
    feature_visualization: manifest.id,
    model: manifest.model,
    dataset: manifest.dataset,
    layer: layer.name,
    mode,
    concept: task.concept,
    statistics: topTargets(values, task).map(({ target, value }) => ({
      target,
      label: record.metadata.labels?.[target] ?? null,
      value: figure(value),
    })),
  }
}
