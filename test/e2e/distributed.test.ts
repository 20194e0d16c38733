import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { skipLoudly } from '../support/infra.ts'
import { register } from './api.ts'
import { type Cluster, type Member, startCluster } from './cluster.ts'
import { conceptWorld } from './concept-world.ts'
import { root, waitFor } from './service-process.ts'

const started = await startCluster()
if ('missing' in started) skipLoudly('the distributed layout', started)
const cluster = started as Cluster

const model = 'concept-world'
const request = {
  model,
  inputs: [{ tensor: { shape: [1, 3, 80, 80], datatype: 'FP32', data: new Array(3 * 80 * 80).fill(0.5) } }],
  conditions: [{ y: [3] }, { y: [3], 'features.12': [5] }],
  output: { heatmap: ['tensor'] },
}

const post = (origin: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${origin}/v1/attributions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
  })

/** What of an answer does not depend on when and where it was computed. */
const resultsOf = async (answer: Response): Promise<string> =>
  JSON.stringify(((await answer.json()) as { results: unknown }).results)

/** How requests ended: answered, refused for now (as documented), or cut off with their gateway. */
interface Tally {
  answered: number
  refused: number
  cut: number
  readonly unexpected: string[]
}

/** An answer that is not a result must tell the client to come back. */
async function refusal(answer: Response): Promise<string | undefined> {
  const { code } = (await answer.json()) as { code: string }
  const mayRetry =
    [429, 503, 504].includes(answer.status) && (answer.headers.has('retry-after') || answer.status === 504)
  return mayRetry ? undefined : `${answer.status} ${code}`
}

/** Sends requests to one gateway, one after the other, until it is told to stop. */
async function load(gateway: Member, expected: string, until: AbortSignal, tally: Tally): Promise<void> {
  while (!until.aborted) {
    try {
      const answer = await post(gateway.origin)
      if (answer.ok) {
        if ((await resultsOf(answer)) !== expected) tally.unexpected.push('another result')
        tally.answered += 1
      } else {
        const why = await refusal(answer)
        if (why === undefined) tally.refused += 1
        else tally.unexpected.push(why)
        await sleep(50)
      }
    } catch {
      // Nobody listens: the client's own connection is lost, which no service can answer.
      tally.cut += 1
      await sleep(50)
    }
  }
}

/** Does something while all gateways are under load. */
async function underLoad(expected: string, work: () => Promise<void>): Promise<Tally[]> {
  const stop = new AbortController()
  const tallies = cluster.gateways.map((): Tally => ({ answered: 0, refused: 0, cut: 0, unexpected: [] }))
  const clients = cluster.gateways.flatMap((gateway, i) =>
    [0, 1].map(() => load(gateway, expected, stop.signal, tallies[i]!)),
  )
  try {
    await sleep(500)
    await work()
    await sleep(500)
  } finally {
    stop.abort()
    await Promise.all(clients)
  }
  return tallies
}

interface Job {
  readonly id: string
  readonly status: string
  readonly progress: { readonly done: number; readonly total: number }
  readonly error?: unknown
}

const jobAt = async (origin: string, id: string): Promise<Job> =>
  (await (await fetch(`${origin}/v1/jobs/${id}`)).json()) as Job

async function finished(origin: string, id: string): Promise<Job> {
  let job: Job | undefined
  await waitFor(`job ${id}`, async () => {
    job = await jobAt(origin, id)
    return ['succeeded', 'failed', 'cancelled'].includes(job.status)
  })
  return job!
}

/** The pictures of the demo data set as an archive. */
function archive(): Uint8Array {
  const folder = join(root, 'examples/concept-world/dataset')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.png'),
  )
  return zipSync(Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path))])), {
    level: 0,
  })
}

async function accepted(answer: Response): Promise<Job> {
  const text = await answer.text()
  expect(answer.status, text).toBe(202)
  return JSON.parse(text) as Job
}

describe.runIf(cluster.gateways)('two of each service, from the files of their images', () => {
  const [one, other] = cluster.gateways ?? []
  let expected: string

  beforeAll(async () => {
    await register(one!.origin, conceptWorld.model(), conceptWorld.metadata())
    expected = await resultsOf(await post(one!.origin))
  })
  afterAll(() => cluster.stop())

  it('know models through any gateway, and answer alike', async () => {
    for (let i = 0; i < 4; i++) {
      const answer = await post(other!.origin)
      expect(answer.status).toBe(200)
      expect(await resultsOf(answer)).toBe(expected)
    }
  })

  it('go on when a worker is lost: clients of both gateways get right results or are told to come back', async () => {
    const [worker] = cluster.workers
    const tallies = await underLoad(expected, async () => {
      await worker!.kill()
      await sleep(1000)
      await worker!.restart()
    })
    for (const tally of tallies) {
      expect(tally).toMatchObject({ cut: 0, unexpected: [] })
      expect(tally.answered).toBeGreaterThan(0)
    }
  })

  it('go on when a gateway is lost: clients of the other one do not notice', async () => {
    const [lost, kept] = await underLoad(expected, async () => {
      await one!.kill()
      await sleep(500)
      await one!.restart()
    })
    expect(kept).toMatchObject({ cut: 0, refused: 0, unexpected: [] })
    expect(lost!.unexpected).toEqual([])
    expect(lost!.answered).toBeGreaterThan(0)
  })

  // What a lost worker held is taken over when its lock runs out, half a minute later and more.
  it('finish every accepted job though a job worker is lost', { timeout: 180_000 }, async () => {
    const form = new FormData()
    form.set('metadata', JSON.stringify({ name: 'pictures' }))
    form.set('data', new Blob([Uint8Array.from(archive())]), 'pictures.zip')
    const uploaded = await fetch(`${one!.origin}/v1/datasets`, { method: 'POST', body: form })
    expect(uploaded.status, await uploaded.text()).toBe(201)

    const run = await accepted(
      await fetch(`${other!.origin}/v1/feature-visualizations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model,
          dataset: 'pictures',
          layers: ['features.12'],
          references: { concepts: 'none' },
        }),
      }),
    )
    const explanations: Job[] = []
    for (let i = 0; i < 4; i++) {
      const headers = { prefer: 'respond-async', 'idempotency-key': `explanation-${i}` }
      explanations.push(await accepted(await post(cluster.gateways[i % 2]!.origin, headers)))
    }
    await waitFor('the run to begin', async () => (await jobAt(one!.origin, run.id)).status !== 'queued')
    await cluster.jobWorkers[0]!.kill()
    for (const { id } of explanations) {
      expect(await finished(other!.origin, id)).toMatchObject({ status: 'succeeded' })
      expect(await resultsOf(await fetch(`${other!.origin}/v1/jobs/${id}/result`))).toBe(expected)
    }
    expect(await finished(one!.origin, run.id)).toMatchObject({ status: 'succeeded' })
    const references = await fetch(
      `${one!.origin}/v1/references?model=${model}&layer=features.12&concept=5&feature_visualization=${run.id}`,
    )
    expect(references.status, await references.clone().text()).toBe(200)
    await cluster.jobWorkers[0]!.restart()
  })

  it('end in order when they are told to', async () => {
    for (const member of [...cluster.gateways, ...cluster.workers, ...cluster.jobWorkers]) {
      member.process.kill('SIGTERM')
      expect(await member.process.ended, member.process.output()).toEqual({ code: 0, signal: null })
    }
  })
})
