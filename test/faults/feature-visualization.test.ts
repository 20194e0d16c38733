import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Infra, skipLoudly, startRedis } from '../support/infra.ts'
import { type Job, JobStack } from './job-stack.ts'
import { canMount, mountSmallDisk } from './small-disk.ts'

const redis = await startRedis()
if ('missing' in redis) skipLoudly('faults of feature visualizations', redis)

const mayMount = canMount()
if (!mayMount) skipLoudly('full disks', { missing: 'run them as root, who may mount a small disk' }, true)

/** The files in a folder and below. */
const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : []

/** A hash of the names and contents of all files of a run but its manifest, which has its id and time. */
function treeHash(folder: string): string {
  const hash = createHash('sha256')
  const files = filesIn(folder).filter((path) => !path.endsWith('manifest.json'))
  for (const path of files) hash.update(`${relative(folder, path)}\n`).update(readFileSync(path))
  return `${files.length} files ${hash.digest('hex')}`
}

describe.skipIf('missing' in redis)('a feature visualization that is disturbed', () => {
  let stack: JobStack
  let undisturbed: string
  let runs = 0

  /** Submits a run of its own; what makes it another one has no part in its files. */
  async function submit(): Promise<string> {
    const { id } = await stack.call<Job>('/v1/feature-visualizations', 'POST', {
      model: 'concept-world',
      dataset: 'pictures',
      layers: ['features.8', 'features.12'],
      range: [0, 161],
      max_skipped: ++runs / 1000,
    })
    return id
  }

  const folder = (id: string) => join(stack.dataDir, 'feature-visualizations', id)

  /** The job when some of its samples are done, and not all of them. */
  const midway = (id: string) =>
    stack.until(id, ({ phase, progress }) => phase === 'collection' && progress.done > 0)

  /** Its files are those of the run that nothing has disturbed, and nothing else is left. */
  async function expectSame(id: string): Promise<void> {
    const { manifest } = await stack.result(id)
    expect(manifest).toMatchObject({ samples: 161, skipped: [], range: [0, 161] })
    expect(treeHash(folder(id))).toBe(undisturbed)
    expect(filesIn(join(stack.dataDir, 'jobs', id, 'shards'))).toEqual([])
  }

  beforeAll(async () => {
    stack = await JobStack.start((redis as Infra).url)
    await stack.scale(1)
    const id = await submit()
    await stack.result(id)
    undisturbed = treeHash(folder(id))
    // For two modes: three arrays of two layers, over all and for each of the four classes, and the list of classes.
    expect(undisturbed).toMatch(/^62 files/)
  })
  afterAll(async () => {
    await stack?.stop()
    await (redis as Infra).stop?.()
  })

  it.each([1, 2, 3])('comes to the same end when one of %i workers is killed', async (workers) => {
    await stack.scale(workers)
    const id = await submit()
    await midway(id)
    await stack.replaceWorker()
    // As of a write that the kill has cut off, which it need not have.
    const shards = join(stack.dataDir, 'jobs', id, 'shards')
    await mkdir(shards, { recursive: true })
    await writeFile(join(shards, `.tmp-${randomUUID()}`), 'half')
    await expectSame(id)
  })

  it('comes to the same end when it is cancelled and submitted again', async () => {
    await stack.scale(1)
    const id = await submit()
    await midway(id)
    const cancelled = await stack.call<Job>(`/v1/jobs/${id}`, 'DELETE')
    expect(cancelled.status).toBe('cancelled')
    expect((await stack.call<Job>(`/v1/jobs/${id}`)).status).toBe('cancelled')
    runs -= 1
    expect(await submit()).toBe(id)
    await expectSame(id)
  })

  it('comes to the same end when the gateway is killed', async () => {
    const id = await submit()
    await midway(id)
    await stack.replaceGateway()
    await expectSame(id)
  })

  it('fails with its reason when the store does, and comes to the same end when it is submitted again', async () => {
    const id = await submit()
    await midway(id)
    // A file where the folder of the run belongs: nothing can be written there.
    await mkdir(join(stack.dataDir, 'feature-visualizations'), { recursive: true })
    await writeFile(folder(id), '')
    const failed = await stack.until(id, ({ status }) => status === 'failed')
    expect(failed.error).toMatchObject({ status: 500 })
    await rm(folder(id))
    runs -= 1
    expect(await submit()).toBe(id)
    await expectSame(id)
  })

  it.skipIf(!mayMount)(
    'fails as the store is full, shows nothing of it, and comes to the same end when there is room',
    async () => {
      const runFolders = join(stack.dataDir, 'feature-visualizations')
      // Its 62 files are a page each at least.
      const disk = mountSmallDisk(runFolders, '100k')
      try {
        const id = await submit()
        const failed = await stack.until(id, ({ status }) => status === 'failed')
        expect(failed.error).toMatchObject({ status: 507, code: 'store-full' })
        expect(await stack.call(`/v1/feature-visualizations/${id}`)).not.toHaveProperty('manifest')
        expect(filesIn(folder(id)).length).toBeGreaterThan(0)
        expect(filesIn(folder(id)).filter((path) => path.includes('.tmp-'))).toEqual([])
        const query = `feature_visualization=${id}&layer=features.12&concept=5`
        expect(await stack.problem(`/v1/references?${query}`)).toMatchObject({
          status: 409,
          code: 'feature-visualization-unfinished',
        })

        disk.resize('4m')
        runs -= 1
        expect(await submit()).toBe(id)
        await expectSame(id)

        // A picture that was never drawn has no place any more; there is an answer once it has.
        const ballast = join(runFolders, 'ballast')
        await writeFile(ballast, new Uint8Array(2 ** 23)).catch(() => undefined)
        const picture = `/v1/references/image?${query}&rank=0`
        expect(await stack.problem(picture)).toMatchObject({ status: 507, code: 'store-full' })
        await rm(ballast)
        expect((await fetch(stack.origin + picture)).status).toBe(200)
      } finally {
        disk.remove()
      }
    },
  )

  it.skipIf('missing' in redis || redis.restart === undefined)(
    'comes to the same end when Redis is killed',
    async () => {
      const id = await submit()
      await midway(id)
      await (redis as Infra).restart!()
      await expectSame(id)
    },
  )
})
