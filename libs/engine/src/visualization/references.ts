import {
  type ProblemError,
  pictureQuery,
  problemAt,
  queryPointer,
  type ReferenceList,
  type ReferenceSample,
  type ReferenceTask,
} from '@crp-serve/contracts'
import { canPresign } from '@crp-serve/storage'
import type { WorkOptions } from '../config.ts'
import { fieldOfElement } from '../receptive-field.ts'
import { type PictureSet, picturesOf, planPicture } from './pictures.ts'
import { type RankedSample, ranked, readRanking } from './rankings.ts'
import {
  checkConcepts,
  findRun,
  type RankedLayer,
  rankedLayer,
  type Studio,
  type Subject,
  subjectOf,
} from './subject.ts'

/** The ranking that a request is about, read and checked. */
export interface OpenedRanking extends PictureSet {
  /** The samples of a channel on the ranks of the request. */
  samplesOf(channel: number): RankedSample[]
}

/**
 * Finds run, layer and ranking of a request.
 * @throws ProblemError `unknown-model`, `unknown-feature-visualization`, `feature-visualization-unfinished`,
 * `feature-visualization-outdated`, `unknown-layer`, `channel-out-of-range`, `mode-not-collected`, `target-not-collected`
 */
export async function openRanking(studio: Studio, task: ReferenceTask): Promise<OpenedRanking> {
  const subject = await subjectOf(studio, await findRun(studio, task))
  const ranking = await rankedLayer(studio, subject, task.layer, task)
  checkConcepts(ranking, task.concepts)
  const read = await readRanking(studio.runs.store, subject.manifest, ranking)
  return {
    subject,
    ranking,
    task: task.picture,
    samplesOf: (channel) => ranked(read, channel, task.ranks),
  }
}

/** [x0, y0, x1, y1] of a neuron; null where the input has not two spatial axes. */
function boxOf({ layer, described }: RankedLayer, channel: number, neuron: number): number[] | null {
  const fields = described.receptiveField
  if (fields?.length !== 2) return null
  const [[y0, y1], [x0, x1]] = fieldOfElement(fields, [layer.concepts, ...layer.sizes], channel, neuron) as [
    [number, number],
    [number, number],
  ]
  return [x0, y0, x1, y1]
}

function imageUrl({ subject, ranking, task }: PictureSet, channel: number, { rank }: RankedSample): string {
  const query = new URLSearchParams({
    feature_visualization: subject.manifest.id,
    layer: ranking.layer.name,
    mode: ranking.mode,
    concept: String(channel),
    rank: String(rank),
    ...(ranking.target === null ? {} : { target: String(ranking.target) }),
    ...pictureQuery(task),
  })
  return `/v1/references/image?${query}`
}

const labelOf = ({ record }: Subject, classes: readonly number[]): string | null =>
  record.metadata.labels?.[classes[0] ?? -1] ?? null

function sampleOf(
  set: PictureSet,
  channel: number,
  sample: RankedSample,
  imageLink: string,
): ReferenceSample {
  const { subject, ranking } = set
  const classes = subject.items.labels(sample.sample)
  return {
    rank: sample.rank,
    dataset_index: sample.sample,
    label: labelOf(subject, classes),
    classes: [...classes],
    value: Number.isFinite(sample.value) ? sample.value : null,
    neuron: sample.neuron,
    receptive_field: boxOf(ranking, channel, sample.neuron),
    image_url: imageLink,
    sample_url: `/v1/datasets/${encodeURIComponent(subject.manifest.dataset)}/items/${sample.sample}`,
  }
}

/** How long a link to the store lasts where nothing else is configured. */
const defaultLinkSeconds = 3600

/** Links to pictures in the store, which must be there for that. */
async function presignedLinks(
  studio: Studio,
  opened: OpenedRanking,
  channel: number,
  work: WorkOptions,
): Promise<string[]> {
  const { store } = studio.runs
  if (!canPresign(store)) {
    const detail = 'the object store of this service hands out no links; leave the field out'
    throw problemAt('links-unavailable', queryPointer('links'), detail)
  }
  const planned = await Promise.all(
    opened.samplesOf(channel).map((sample) => planPicture(studio, opened, channel, sample)),
  )
  await picturesOf(studio, opened, planned, work)
  const { presignedLinkSeconds: expiresSeconds = defaultLinkSeconds } = studio.shop.config
  return await Promise.all(
    planned.map(({ key }) => store.presign(key, { expiresSeconds, contentType: 'image/png' })),
  )
}

async function referencesOf(
  studio: Studio,
  opened: OpenedRanking,
  channel: number,
  presigned: boolean,
  work: WorkOptions,
): Promise<ReferenceSample[]> {
  const samples = opened.samplesOf(channel)
  const links = presigned
    ? await presignedLinks(studio, opened, channel, work)
    : samples.map((sample) => imageUrl(opened, channel, sample))
  return samples.map((sample, i) => sampleOf(opened, channel, sample, links[i]!))
}

/** Answers `GET /v1/references`. @throws ProblemError as `openRanking` */
export async function listReferences(
  studio: Studio,
  task: ReferenceTask,
  work: WorkOptions,
): Promise<ReferenceList> {
  const opened = await openRanking(studio, task)
  const { manifest } = opened.subject
  const concepts = []
  for (const concept of task.concepts) {
    const references = await referencesOf(studio, opened, concept, task.presigned, work)
    concepts.push({ concept, references })
  }
  const source = {
    feature_visualization: manifest.id,
    model: manifest.model,
    dataset: manifest.dataset,
    layer: opened.ranking.layer.name,
    mode: task.mode,
    ...(task.target === null ? {} : { target: task.target }),
  }
  return task.several ? { ...source, concepts } : { ...source, ...concepts[0]! }
}

/** A picture that can be asked for again: the same hash, the same bytes. */
export interface NamedPicture {
  readonly hash: string
  /** PNG. */
  bytes(): Promise<Uint8Array>
}

/** Answers `GET /v1/references/image`. @throws ProblemError as `openRanking`, and `rank-out-of-range` */
export async function referenceImage(
  studio: Studio,
  task: ReferenceTask,
  work: WorkOptions,
): Promise<NamedPicture> {
  const opened = await openRanking(studio, task)
  const [channel] = task.concepts
  const [sample] = opened.samplesOf(channel!)
  if (!sample) throw noSuchRank(task.ranks[0])
  const planned = await planPicture(studio, opened, channel!, sample)
  return {
    hash: planned.hash,
    bytes: async () => (await picturesOf(studio, opened, [planned], work))[0]!,
  }
}

function noSuchRank(rank: number): ProblemError {
  return problemAt('rank-out-of-range', queryPointer('rank'), `is ${rank}, and there are fewer samples`)
}
