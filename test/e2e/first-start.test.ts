import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Schemas } from '@crp-serve/client'
import { decodeImage } from '@crp-serve/imaging'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from './service-process.ts'
import { type EmbeddedStack, npmStart } from './stack.ts'

let folder: string
let path: string
let stack: EmbeddedStack

/** A folder of nothing but the programs that `npm start` needs: no redis-server is among them. */
async function bareFolder(): Promise<string> {
  const bare = join(folder, 'bin')
  await mkdir(bare)
  await symlink(process.execPath, join(bare, 'node'))
  for (const program of ['npm', 'sh']) {
    const found = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' })
    await symlink(found.trim(), join(bare, program))
  }
  return bare
}

const start = (): Promise<EmbeddedStack> =>
  npmStart({ PATH: path, DATA_DIR: join(folder, 'data'), JOB_WORKER_PORT: '0' })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crp-first-'))
  path = await bareFolder()
  stack = await start()
})
afterAll(async () => {
  stack.starter.kill('SIGTERM')
  await stack.starter.ended
  await rm(folder, { recursive: true, force: true })
})

const get = (target: string): Promise<Response> => fetch(stack.origin + target)

/** The only run there is. */
async function onlyRun(): Promise<Schemas['Job']> {
  const answer = await get('/v1/feature-visualizations')
  expect(answer.status).toBe(200)
  const { feature_visualizations } = (await answer.json()) as Schemas['FeatureVisualizationList']
  expect(feature_visualizations).toHaveLength(1)
  return feature_visualizations[0]!
}

describe('npm start without a redis-server', { timeout: 180_000 }, () => {
  it('keeps its queue in PGlite', () => {
    expect(existsSync(join(folder, 'data/queue/pglite'))).toBe(true)
    expect(existsSync(join(folder, 'data/queue/redis'))).toBe(false)
  })

  it('finishes the feature visualization of the demo', async () => {
    let run: Schemas['Job'] | undefined
    await waitFor('the run', async () => {
      run = await onlyRun()
      return run.finished_at !== null
    })
    expect(run).toMatchObject({ status: 'succeeded' })
  })

  it('shows references of it', async () => {
    const query = 'model=concept-world&layer=features.12&concept=5'
    const answer = await get(`/v1/references?${query}`)
    expect(answer.status, await answer.clone().text()).toBe(200)
    const { references } = (await answer.json()) as { references: Schemas['ReferenceSample'][] }
    expect(references).toHaveLength(8)
    for (const { image_url } of references.slice(0, 2)) {
      const picture = new Uint8Array(await (await get(image_url)).arrayBuffer())
      const { width, height } = await decodeImage(picture, { maxBytes: 2 ** 20, maxPixels: 2 ** 20 })
      expect(width * height).toBeGreaterThan(0)
    }
  })

  it('shows an imported run as a finished job with links', async () => {
    const { id } = await onlyRun()
    const form = new FormData()
    form.set('metadata', JSON.stringify({ model: 'concept-world', dataset: 'concept-world' }))
    form.set('data', await (await get(`/v1/feature-visualizations/${id}/export`)).blob(), 'run.zip')
    const imported = await fetch(`${stack.origin}/v1/feature-visualizations/import`, {
      method: 'POST',
      body: form,
    })
    expect(imported.status, await imported.clone().text()).toBe(201)
    const manifest = (await imported.json()) as Schemas['FeatureVisualizationManifest']
    const answer = await get(`/v1/feature-visualizations/${manifest.id}`)
    const job = (await answer.json()) as Schemas['FeatureVisualization']
    expect(job).toMatchObject({ status: 'succeeded', manifest })
    expect(Date.parse(job.finished_at!)).toBeGreaterThanOrEqual(Date.parse(job.created_at))
    const { self, references, export: archive } = job.result!
    for (const link of [self!, `${references}&layer=features.12&concept=5`, archive!])
      expect((await fetch(stack.origin + link, { method: 'HEAD' })).status, link).toBe(200)
  })

  it('ends on Ctrl+C without a word, and finds its jobs again', async () => {
    const before = await onlyRun()
    await stack.starter.interrupt()
    expect(stack.starter.output()).not.toMatch(/started again|"level":"(error|fatal)"/)
    stack = await start()
    expect(await onlyRun()).toEqual(before)
    await stack.starter.interrupt()
  })
})
