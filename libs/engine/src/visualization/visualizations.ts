import { resolve } from 'node:path'
import type {
  FeatureVisualizationImport,
  FeatureVisualizationManifest,
  ReferenceList,
  ReferenceTask,
  StatisticsList,
  StatisticsTask,
} from '@crp-serve/contracts'
import type { EngineConfig, WorkOptions } from '../config.ts'
import { ArchiveUpload } from '../datasets/archive.ts'
import { exportRun, type RunArchive } from './export.ts'
import { referenceGrid } from './grid.ts'
import { importRun, maxArchiveBytes, type RunRegistration, type RunUpload } from './import.ts'
import { listReferences, type NamedPicture, referenceImage } from './references.ts'
import { type RenderReferences, renderReferences } from './render.ts'
import { listStatistics } from './statistics.ts'
import type { Studio } from './subject.ts'

/** Finished feature visualizations. Every method throws errors of the error table, with pointers into the query. */
export interface Visualizations {
  /** @throws `unknown-feature-visualization`, `feature-visualization-unfinished` */
  manifest(id: string): Promise<FeatureVisualizationManifest>
  references(task: ReferenceTask, work?: WorkOptions): Promise<ReferenceList>
  /** One picture; it is drawn when its bytes are asked for. */
  image(task: ReferenceTask, work?: WorkOptions): Promise<NamedPicture>
  /** Pictures of several concepts on one page; it is drawn when its bytes are asked for. */
  grid(task: ReferenceTask, work?: WorkOptions): Promise<NamedPicture>
  statistics(task: StatisticsTask): Promise<StatisticsList>
  /** A run as .zip. @throws `unknown-feature-visualization`, `feature-visualization-unfinished` */
  archive(id: string): Promise<RunArchive>
  /** Begins the upload of an archive; end it with its own `discard`. */
  begin(): Promise<ArchiveUpload>
  /** Makes a run of an archive. @throws `feature-visualization-invalid`, `body-too-large`, `unknown-model`, `unknown-dataset` */
  import(
    upload: RunUpload,
    metadata: FeatureVisualizationImport,
    signal?: AbortSignal,
  ): Promise<RunRegistration>
  /** As `renderReferences`, for a run whose manifest is not in the store yet. */
  render(
    manifest: FeatureVisualizationManifest,
    request: RenderReferences,
    work?: WorkOptions,
    onDone?: (pictures: number) => void | Promise<void>,
  ): Promise<number>
}

const uploadsOf = ({ dataDir }: EngineConfig): string => resolve(dataDir, 'uploads')

/**
 * @param admit does work with errors of the error table, and lets no more begin once the engine is draining
 */
export function visualizationsOf(
  studio: Studio,
  admit: <T>(work: () => Promise<T>) => Promise<T>,
): Visualizations {
  const named = async (find: () => Promise<NamedPicture>): Promise<NamedPicture> => {
    const { hash, bytes } = await admit(find)
    return { hash, bytes: () => admit(bytes) }
  }
  return {
    manifest: (id) => admit(() => studio.runs.get(id)),
    references: (task, work = {}) => admit(() => listReferences(studio, task, work)),
    image: (task, work = {}) => named(() => referenceImage(studio, task, work)),
    grid: (task, work = {}) => named(() => referenceGrid(studio, task, work)),
    statistics: (task) => admit(() => listStatistics(studio, task)),
    archive: (id) => admit(() => exportRun(studio.runs, id)),
    begin: () =>
      ArchiveUpload.begin(uploadsOf(studio.shop.config), maxArchiveBytes(studio), 'body-too-large'),
    import: (upload, metadata, signal) => admit(() => importRun(studio, upload, metadata, signal)),
    render: (manifest, request, work = {}, onDone = () => {}) =>
      admit(() => renderReferences(studio, manifest, request, work, onDone)),
  }
}
