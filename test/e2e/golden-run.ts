import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FeatureVisualizationManifest } from '@crp-serve/contracts'
import { zipSync } from 'fflate'
import { expect } from 'vitest'
import { requestComposite } from '../support/golden-request.ts'
import { runFiles } from '../support/golden-run.ts'
import { modelBytes, visualizationCases } from '../support/goldens.ts'
import { register } from './api.ts'

/** A feature visualization of zennit-crp. */
export const golden = visualizationCases().find(({ name }) => name === 'fv_sum_normed')!

/** Its files by their paths. */
export const files = runFiles(golden)

/** Posts files as an archive with metadata. */
export function upload(
  url: string,
  metadata: unknown,
  entries: Readonly<Record<string, Uint8Array>>,
  signal: AbortSignal | null = null,
): Promise<Response> {
  const form = new FormData()
  form.set('metadata', JSON.stringify(metadata))
  form.set('data', new Blob([new Uint8Array(zipSync(entries, { level: 0 }))]), 'data.zip')
  return fetch(url, { method: 'POST', body: form, signal })
}

/** Imports the run for the model `net` and the data set `samples`. */
export const importRun = (origin: string, more: object = {}): Promise<Response> =>
  upload(
    `${origin}/v1/feature-visualizations/import`,
    { model: 'net', dataset: 'samples', composite: requestComposite(golden.info), ...more },
    Object.fromEntries(files),
  )

/** Registers the model `net` and the data set `samples`, and imports the run. Gives its id. */
export async function prepareRun(origin: string): Promise<string> {
  await register(origin, modelBytes(golden, 'ts'), {
    name: 'net',
    labels: ['a', 'b', 'c', 'd', 'e', 'f'],
    output: { start: 'output' },
  })
  const data = (path: string) => new Uint8Array(readFileSync(join(golden.folder, path)))
  const samples = { 'data.npy': data(golden.info.data), 'labels.npy': data(golden.info.targets) }
  const dataset = await upload(`${origin}/v1/datasets`, { name: 'samples' }, samples)
  expect(dataset.status, await dataset.clone().text()).toBe(201)
  const imported = await importRun(origin)
  expect(imported.status, await imported.clone().text()).toBe(201)
  return ((await imported.json()) as FeatureVisualizationManifest).id
}
