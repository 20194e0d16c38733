import type { Readable } from 'node:stream'
import { type FeatureVisualizationManifest, visualizationManifestKey } from '@crp-serve/contracts'
import yazl from 'yazl'
import { maximaFolder, runPrefix, statisticsFolder } from './layout.ts'
import { keysBelow, type Runs } from './runs.ts'

/** The first day of the format: equal runs give equal archives. */
const noDate = new Date(1980, 0, 1)

/** Folders of a run that zennit-crp reads. */
const foldersOf = (manifest: FeatureVisualizationManifest): string[] =>
  manifest.modes.flatMap((mode) => [maximaFolder(mode, manifest), statisticsFolder(mode, manifest)])

/** An archive on its way out. */
export interface RunArchive {
  readonly id: string
  readonly stream: Readable
}

/**
 * A run as .zip: the tree that zennit-crp's `FeatureVisualization`, `Maximization` and `Statistics` read, and
 * `manifest.json`. Files are read one after the other while the stream is consumed; it fails where one of them does.
 * @throws ProblemError `unknown-feature-visualization`, `feature-visualization-unfinished`
 */
export async function exportRun(runs: Runs, id: string): Promise<RunArchive> {
  const manifest = await runs.get(id)
  const prefix = runPrefix(id)
  const below = await Promise.all(foldersOf(manifest).map((folder) => keysBelow(runs.store, prefix + folder)))
  const zip = new yazl.ZipFile()
  const stream = zip.outputStream as Readable
  let reading: Readable | undefined
  zip.on('error', (error) => stream.destroy(error))
  // A client that goes away leaves the file that is being read.
  stream.once('close', () => reading?.destroy())
  for (const key of [...below.flat(), visualizationManifestKey(id)]) {
    zip.addReadStreamLazy(key.slice(prefix.length), { mtime: noDate, compress: false }, (take) => {
      runs.store.stream(key).then(
        (source) => {
          reading = source
          if (stream.destroyed) source.destroy()
          else take(null, source)
        },
        (error: Error) => stream.destroy(error),
      )
    })
  }
  zip.end()
  return { id, stream }
}
