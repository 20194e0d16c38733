/**
 * Shows that zennit-crp reads what the service exports: makes a run of the demo data set, exports it, and lets the Python
 * library open it.
 * Usage: PEER_PYTHON=/path/to/python npm run check:peer-export, with torch, zennit and zennit-crp in that Python.
 */
import { execFileSync } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { readConfig } from '@crp-serve/config'
import {
  type FeatureVisualizationManifest,
  featureVisualizationOrder,
  pictureTask,
  type ReferenceMode,
} from '@crp-serve/contracts'
import { type Engine, startEngine } from '@crp-serve/engine'

const example = fileURLToPath(new URL('../../examples/concept-world/', import.meta.url))
const python = process.env['PEER_PYTHON'] ?? 'python3'

/** Registers the demo model and its data set. */
async function registerDemo({ models, datasets }: Engine): Promise<void> {
  const upload = await models.begin()
  await upload.addModel(createReadStream(join(example, 'model/concept-world.onnx')))
  await models.register(upload, JSON.parse(await readFile(join(example, 'model/metadata.json'), 'utf8')))
  await datasets.registerPlace({ name: 'world', source: { directory: join(example, 'dataset') } })
}

/** Collects all convolutions of the demo model. */
async function collectRun({ collections }: Engine): Promise<FeatureVisualizationManifest> {
  const order = featureVisualizationOrder({ model: 'concept-world', dataset: 'world' })
  const run = { id: 'exported', task: await collections.plan(order), created_at: new Date().toISOString() }
  const shards = []
  for (const range of collections.ranges(run.task)) shards.push(await collections.shard(run, range))
  const manifest = await collections.merge(run, shards)
  await collections.publish(manifest)
  return manifest
}

/** What the service tells of one concept. */
async function told({ visualizations }: Engine, layer: string, mode: ReferenceMode, concept: number) {
  const scope = { model: null, run: 'exported', layer, mode }
  const list = await visualizations.references({
    ...scope,
    concepts: [concept],
    several: false,
    target: null,
    ranks: [0, 8],
    picture: pictureTask(),
    presigned: false,
  })
  const { statistics } = await visualizations.statistics({
    ...scope,
    concept,
    top: 3,
    meanOf: 5,
    norm: false,
  })
  return {
    layer,
    mode,
    concept,
    samples: 'references' in list ? list.references.map(({ dataset_index }) => dataset_index) : [],
    targets: statistics.map(({ target }) => target),
    values: statistics.map(({ value }) => value),
  }
}

async function main(folder: string): Promise<void> {
  const engine = await startEngine({ ...readConfig(), dataDir: folder, datasetRoots: [example] })
  try {
    await registerDemo(engine)
    const { layers, modes, samples } = await collectRun(engine)
    const references = []
    for (const { name } of layers) {
      for (const mode of modes)
        references.push(await told(engine, name, mode, 0), await told(engine, name, mode, 5))
    }
    const { stream } = await engine.visualizations.archive('exported')
    await pipeline(stream, createWriteStream(join(folder, 'run.zip')))
    const sizes = Object.fromEntries(layers.map(({ name, concepts }) => [name, concepts]))
    await writeFile(join(folder, 'expected.json'), JSON.stringify({ layers: sizes, samples, references }))
  } finally {
    await engine.close()
  }
  const script = fileURLToPath(new URL('check.py', import.meta.url))
  execFileSync(python, [script, join(folder, 'run.zip'), join(folder, 'expected.json')], { stdio: 'inherit' })
}

const folder = await mkdtemp(join(tmpdir(), 'crp-peer-export-'))
try {
  await main(folder)
} finally {
  await rm(folder, { recursive: true, force: true })
}
