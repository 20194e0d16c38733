/**
 * Data sets: images or ready tensors with labels, in a directory, below an S3 prefix, or uploaded.
 *
 *     const datasets = new Datasets({ store, s3: config, roots: config.datasetRoots })
 *     const dataset = await datasets.open('imagenet-val')   // throws `unknown-dataset`
 *     dataset.samples, dataset.classes, dataset.fingerprint
 *     dataset.labelsOf(12)                                  // positions in `classes`: [281]
 *     const outputs = outputsOf(dataset.summary, { labels: modelLabels, count: 1000 })
 *     outputs[dataset.labelsOf(12)[0]]                      // the model's output
 *     await dataset.item(12)                                // { kind: 'image', bytes, path } or { kind: 'tensor', values, shape }
 *
 * Opening reads one small object, and the index once. Items are read one by one, each by one access to the store or the
 * directory; nothing is kept. `buildDataset` makes the index of a new data set and belongs into a child process.
 */
export {
  type BuildRequest,
  type BuildSource,
  buildDataset,
} from './build/build-dataset.ts'
export { DatasetError } from './errors.ts'
export type { FileSource, SourceFile } from './files.ts'
export type { DatasetSummary, Labelling } from './index-file.ts'
export { Dataset, type DatasetItem } from './read/dataset.ts'
export { type ModelOutputs, outputsOf } from './read/outputs.ts'
export type { DatasetContext } from './read/reader.ts'
export type { DatasetRecord, DatasetSource } from './record.ts'
export { type BuiltDataset, type DatasetPage, Datasets } from './registry.ts'
export { allowedDirectory, allowedS3 } from './sources/places.ts'
export { type ZipLimits, zipSource } from './sources/zip.ts'
