import type { FeatureVisualizationManifest, PictureTask, ReferenceMode } from '@crp-serve/contracts'
import type { WorkOptions } from '../config.ts'
import { picturesOf, planPicture } from './pictures.ts'
import { ranked, readRanking } from './rankings.ts'
import { checkConcepts, rankedLayer, type Studio, subjectOf } from './subject.ts'

/** Pictures that are to lie in the store before anyone asks for them. */
export interface RenderReferences {
  readonly layer: string
  readonly mode: ReferenceMode
  /** Only among the samples of this class; null for all. */
  readonly target: number | null
  readonly concepts: readonly number[]
  /** Half-open. */
  readonly ranks: readonly [from: number, to: number]
  readonly picture: PictureTask
}

/**
 * Draws references of a run and puts them into the store, where `GET /v1/references/image` finds them. The arrays of the
 * run must be in the store; its manifest need not be yet. What is there already is not drawn again.
 * @param onDone told after every concept, with the number of its pictures
 * @returns how many pictures there are
 * @throws ProblemError as `GET /v1/references` answers; `cancelled` where `work` is aborted
 */
export async function renderReferences(
  studio: Studio,
  manifest: FeatureVisualizationManifest,
  { layer, concepts, ranks, picture, ...which }: RenderReferences,
  work: WorkOptions = {},
  onDone: (pictures: number) => void | Promise<void> = () => {},
): Promise<number> {
  const subject = await subjectOf(studio, manifest)
  const ranking = await rankedLayer(studio, subject, layer, which)
  checkConcepts(ranking, concepts)
  const read = await readRanking(studio.runs.store, manifest, ranking)
  const set = { subject, ranking, task: picture }
  let done = 0
  for (const concept of concepts) {
    const samples = ranked(read, concept, ranks)
    const planned = await Promise.all(samples.map((sample) => planPicture(studio, set, concept, sample)))
    await picturesOf(studio, set, planned, work)
    done += planned.length
    await onDone(planned.length)
  }
  return done
}
