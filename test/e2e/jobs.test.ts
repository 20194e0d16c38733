import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Schemas } from '@crp-serve/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fp32, register } from './api.ts'
import { plainModel } from './bad-models.ts'
import { conceptWorld, imageInput } from './concept-world.ts'
import { type HeavyWork, prepareHeavyWork } from './heavy-work.ts'
import { expectProblem } from './problem.ts'
import { waitFor } from './service-process.ts'
import { weights } from './small-models.ts'
import { type EmbeddedStack, npmStart } from './stack.ts'

type Job = Schemas['Job']
type Request = Schemas['AttributionRequest']

let dataDir: string
let stack: EmbeddedStack
let heavy: HeavyWork
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'crp-jobs-'))
  stack = await npmStart({ DATA_DIR: dataDir, JOB_LOCK_MS: '2000', LOG_LEVEL: 'error' })
  await register(stack.origin, plainModel(), { name: 'plain' })
  heavy = await prepareHeavyWork(stack.origin, stack.client)
})
afterAll(async () => {
  await stack.starter.stop()
  await rm(dataDir, { recursive: true, force: true })
})

const picture: Request = {
  model: 'concept-world',
  inputs: [imageInput(conceptWorld.file('dataset/blue-dotted-disc/000.png'))],
  conditions: [{ y: 'predicted' }, { y: [3], 'features.12': [5] }],
  record: { 'features.12': { activation: true, concepts: 3 } },
}
const rows = (count: number): Request => ({
  model: 'plain',
  inputs: [{ tensor: fp32([1, 3, 8, 8], weights(3 * 8 * 8)) }],
  conditions: Array.from({ length: count }, (_, i) => ({ y: [i % 4] })),
  output: { heatmap: [] },
})

function post(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const json = { 'content-type': 'application/json', ...headers }
  return fetch(stack.origin + path, { method: 'POST', headers: json, body: JSON.stringify(body) })
}

/** Sends a request that becomes a job. */
async function submit(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Job> {
  const answer = await post(path, body, { prefer: 'respond-async', ...headers })
  const text = await answer.text()
  expect(answer.status, text).toBe(202)
  const job = JSON.parse(text) as Job
  expect(answer.headers.get('location')).toBe(`/v1/jobs/${job.id}`)
  expect(answer.headers.get('preference-applied')).toBe('respond-async')
  return job
}

const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(stack.origin + path, { headers })

async function jobOf(id: string): Promise<Job> {
  const answer = await get(`/v1/jobs/${id}`)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Job
}

/** Waits for a status; a gateway that is away for a moment is asked again. */
async function until(id: string, ...statuses: Job['status'][]): Promise<Job> {
  let job: Job | undefined
  await waitFor(`job ${id} ${statuses.join(' or ')}`, async () => {
    job = await jobOf(id).catch(() => undefined)
    return job !== undefined && statuses.includes(job.status)
  })
  return job!
}

/** An answer without what no two runs have in common. */
const timeless = (text: string): string => text.replace(/,"timings":\{.*\}$/, '}')

/** Kills a service that the starter then starts again. */
function killService(name: string): void {
  const found = stack.starter
    .descendants()
    .filter(({ command }) => command.includes(`services/${name}/src/server.ts`))
  expect(found).toHaveLength(1)
  process.kill(found[0]!.pid, 'SIGKILL')
}

/** The events of a job as they come. */
async function events(id: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await get(`/v1/jobs/${id}/events`, headers)
  const blocks = (await answer.text()).split('\n\n').filter((block) => block.startsWith('id: '))
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    events: blocks.map((block) => {
      const [id, data] = block.split('\n')
      return { id: id!.slice(4), job: JSON.parse(data!.slice(6)) as Job }
    }),
  }
}

describe('Prefer: respond-async', { timeout: 120_000 }, () => {
  it('comes to the very bytes of the synchronous answer', async () => {
    const cases = [
      ['/v1/attributions', picture],
      ['/v1/attributions', { ...rows(3), output: { heatmap: ['tensor'], encoding: 'json' } }],
      [
        '/v1/attribution-graphs',
        { model: 'concept-world', input: picture.inputs[0], layer: 'features.12', concept: 5, target: 3 },
      ],
    ] as const
    for (const [path, body] of cases) {
      const { id } = await submit(path, body)
      const synchronous = await (await post(path, body)).text()
      const job = await until(id, 'succeeded', 'failed')
      expect(job).toMatchObject({ status: 'succeeded', result: { self: `/v1/jobs/${id}/result` } })
      const answer = await get(`/v1/jobs/${id}/result`)
      expect(timeless(await answer.text())).toBe(timeless(synchronous))
    }
  })

  it('gives .npz to those who ask for it', async () => {
    const body = { ...picture, output: { heatmap: ['tensor'] } }
    const npz = { accept: 'application/x-npz' }
    const { id } = await submit('/v1/attributions', body)
    const synchronous = new Uint8Array(await (await post('/v1/attributions', body, npz)).arrayBuffer())
    await until(id, 'succeeded')
    const answer = await get(`/v1/jobs/${id}/result`, npz)
    expect(answer.headers.get('content-type')).toBe('application/x-npz')
    const bytes = new Uint8Array(await answer.arrayBuffer())
    // All arrays stand before meta.json, which has the timings.
    const end = Buffer.from(synchronous).indexOf('meta.json')
    expect(end).toBeGreaterThan(1000)
    expect(
      Buffer.from(bytes.subarray(0, end - 64)).equals(Buffer.from(synchronous.subarray(0, end - 64))),
    ).toBe(true)
  })

  it('takes more rows than a synchronous request, which says so', async () => {
    const refused = await post('/v1/attributions', rows(300))
    const problem = await expectProblem(refused, {
      status: 422,
      code: 'too-many-rows',
      pointer: '/conditions',
    })
    expect(problem.detail).toContain('Prefer: respond-async')
    const { id } = await submit('/v1/attributions', rows(300))
    expect(await until(id, 'succeeded', 'failed')).toMatchObject({
      status: 'succeeded',
      progress: { done: 300, total: 300 },
    })
    const answer = (await (await get(`/v1/jobs/${id}/result`)).json()) as Schemas['AttributionResponse']
    expect(answer.results).toHaveLength(300)
  })

  it('is one job for one Idempotency-Key, and refuses it for other content', async () => {
    const key = { 'idempotency-key': 'once' }
    const [one, two] = await Promise.all([
      submit('/v1/attributions', rows(2), key),
      submit('/v1/attributions', rows(2), key),
    ])
    expect(one.id).toBe(two.id)
    const other = await post('/v1/attributions', rows(3), { prefer: 'respond-async', ...key })
    await expectProblem(other, { status: 422, code: 'idempotency-key-reused' })
    // What was refused leaves nothing behind.
    const stored = readdirSync(join(dataDir, 'jobs', one.id)).filter((name) => name.startsWith('request-'))
    expect(stored).toHaveLength(1)
  })

  it('fails with the problem of the synchronous route', async () => {
    const body = { ...rows(1), conditions: [{ y: [0], nowhere: [1] }] }
    const { id } = await submit('/v1/attributions', body)
    const { error } = await until(id, 'failed', 'succeeded')
    expect(error).toMatchObject({ code: 'unknown-layer', errors: [{ pointer: '/conditions/0/nowhere' }] })
    await expectProblem(await get(`/v1/jobs/${id}/result`), {
      status: 422,
      code: 'unknown-layer',
      pointer: '/conditions/0/nowhere',
    })
    await expectProblem(await get('/v1/jobs/nobody'), { status: 404, code: 'unknown-job' })
  })
})

/** Processes start anew in these tests, on machines as slow as they may be. */
const slowly = { timeout: 180_000 }

describe('a job at work', slowly, () => {
  it('is watched to its end, and its end is told once', async () => {
    const { id } = await submit('/v1/attributions', heavy.lasting(1500))
    const { type, events: seen } = await events(id)
    expect(type).toContain('text/event-stream')
    expect(seen.at(-1)!.job).toMatchObject({ id, status: 'succeeded' })
    expect(seen.some(({ job }) => job.phase === 'attribution' && job.progress.done > 0)).toBe(true)
    expect(new Set(seen.map(({ id: state }) => state)).size).toBe(seen.length)
    const head = await fetch(`${stack.origin}/v1/jobs/${id}/events`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect(await events(id, { 'last-event-id': seen.at(-1)!.id })).toMatchObject({ status: 204, events: [] })
    const { jobs } = (await (await get('/v1/jobs?limit=1&status=succeeded')).json()) as Schemas['JobList']
    expect(jobs).toHaveLength(1)
  })

  it('is cancelled while it computes', async () => {
    const { id } = await submit('/v1/attributions', heavy.lasting(60_000))
    await until(id, 'running')
    const unfinished = await get(`/v1/jobs/${id}/result`)
    await expectProblem(unfinished, { status: 409, code: 'job-not-finished' })
    const answer = await fetch(`${stack.origin}/v1/jobs/${id}`, { method: 'DELETE' })
    expect(await answer.json()).toMatchObject({ id, status: 'cancelled' })
    await expectProblem(await get(`/v1/jobs/${id}/result`), { status: 409, code: 'job-cancelled' })
    // Whoever comes next does not wait for it.
    const { id: next } = await submit('/v1/attributions', rows(2))
    await until(next, 'succeeded')
    expect(await jobOf(id)).toMatchObject({ status: 'cancelled' })
  })

  it('survives the death of its worker and a restart of the gateway', async () => {
    const body = heavy.lasting(2000)
    const { id } = await submit('/v1/attributions', body)
    await until(id, 'running')
    killService('feature-visualization')
    killService('gateway')
    expect(await until(id, 'succeeded', 'failed')).toMatchObject({ status: 'succeeded' })
    const answer = await (await get(`/v1/jobs/${id}/result`)).text()
    expect(timeless(answer)).toBe(timeless(await (await post('/v1/attributions', body)).text()))
  })
})
