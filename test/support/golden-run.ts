import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { BinaryTensor, Composite, FeatureVisualizationManifest } from '@crp-serve/contracts'
import { type DatasetItems, maximaPath, publishRun, runPrefix, statisticsPath } from '@crp-serve/engine'
import { type ObjectStore, writeNpyStrings } from '@crp-serve/storage'
import { requestComposite } from './golden-request.ts'
import type { GoldenCase, VisualizationInfo } from './goldens.ts'
import { readNumpy } from './numpy.ts'

type Case = GoldenCase<VisualizationInfo>

/** The samples of a case as a data set. */
export function itemsOf({ folder, info, name }: Case): DatasetItems {
  const { shape, data } = readNumpy(join(folder, info.data))
  const targets = readNumpy(join(folder, info.targets))
  const size = data.length / shape[0]!
  // Images without a channel axis are stored as bytes.
  const axes = shape.length === 3 ? [1, ...shape.slice(1)] : shape.slice(1)
  const scale = info.data_scale ?? 1
  const classes = targets.shape[1] ?? 1
  const valuesOf = (index: number) =>
    Float32Array.from(data.subarray(index * size, (index + 1) * size), (value) => value * scale)
  const tensorOf = (values: Float32Array): BinaryTensor => ({
    shape: [1, ...axes],
    datatype: 'FP32',
    data: new Uint8Array(values.buffer),
  })
  return {
    fingerprint: name,
    outputs: '0'.repeat(64),
    samples: info.n_samples,
    labels: (index) => {
      const row = [...targets.data.slice(index * classes, (index + 1) * classes)]
      return info.multitarget ? row.flatMap((set, target) => (set ? [target] : [])) : row
    },
    path: () => undefined,
    read: async (index) => ({ tensor: tensorOf(valuesOf(index)) }),
  }
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))

/** The arrays of a case by their paths in the folder of a run, as zennit-crp names them. */
export function runFiles({ folder, info }: Case): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  const classes = new Map<string, Set<string>>()
  for (const file of filesBelow(join(folder, 'expected'))) {
    const [, short, kind, name, part] = /^(Rel|Act)(Max|Stats)\/(.*)_(data|rel|rf)\.npy$/.exec(file) ?? []
    if (name === undefined) continue
    const mode = short === 'Rel' ? 'relevance' : 'activation'
    const bytes = readFileSync(join(folder, 'expected', file))
    if (kind === 'Max') files.set(maximaPath(mode, info, name, part as 'rel'), bytes)
    else {
      const [, layer, target] = /^(.*)\/(\d+)$/.exec(name)!
      const path = statisticsPath(mode, info, layer!, Number(target), part as 'rel')
      files.set(path, bytes)
      const list = `${path.split('/')[0]}/targets.npy`
      classes.set(list, (classes.get(list) ?? new Set()).add(target!))
    }
  }
  for (const [list, targets] of classes)
    files.set(list, writeNpyStrings([...targets].sort((a, b) => Number(a) - Number(b))))
  return files
}

/** What a run is made of besides the case. */
export interface RunPlace {
  readonly store: ObjectStore
  readonly model: string
  readonly sha256: string
  /** Sizes of a layer's output behind the batch axis. */
  sizesOf(layer: string): readonly number[]
}

/** Classes with statistics in the files of a run. */
function statisticsOf(files: Iterable<string>): FeatureVisualizationManifest['statistics'] {
  const found: Record<string, number[]> = {}
  for (const path of files) {
    const [, mode, target] = /^(Rel|Act)Stats_.*\/(\d+)_rel\.npy$/.exec(path) ?? []
    if (target === undefined) continue
    const name = mode === 'Rel' ? 'relevance' : 'activation'
    found[name] = [...new Set([...(found[name] ?? []), Number(target)])].sort((a, b) => a - b)
  }
  return found
}

/** Puts the arrays of a case into a store as a finished run. */
export async function publishGolden(
  golden: Case,
  { store, model, sha256, sizesOf }: RunPlace,
): Promise<FeatureVisualizationManifest> {
  const { name, info } = golden
  const id = `${name}.${model}`
  const files = runFiles(golden)
  for (const [path, bytes] of files) await store.put(`${runPrefix(id)}${path}`, bytes)
  const manifest: FeatureVisualizationManifest = {
    version: 1,
    id,
    origin: 'job',
    created_at: '2026-01-01T00:00:00.000Z',
    model,
    model_sha256: sha256,
    dataset: name,
    dataset_fingerprint: name,
    range: [0, info.n_samples],
    samples: info.n_samples,
    skipped: [],
    composite: requestComposite(info) as Composite,
    modes: ['relevance', 'activation'],
    max_target: info.max_target,
    abs_norm: info.abs_norm,
    top_k: info.sample_size,
    targets: 'label',
    layers: info.layers.map((layer) => {
      const [concepts, ...sizes] = sizesOf(layer)
      return { name: layer, concepts: concepts!, sizes }
    }),
    statistics: statisticsOf(files.keys()),
  }
  await publishRun(store, manifest)
  return manifest
}
