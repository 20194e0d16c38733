import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Schemas } from '@crp-serve/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attribute, fp32, numbers, register } from './api.ts'
import { plainModel } from './bad-models.ts'
import { conceptWorld, imageInput } from './concept-world.ts'
import { type HeavyWork, prepareHeavyWork } from './heavy-work.ts'
import { expectProblem } from './problem.ts'
import { gone, waitFor } from './service-process.ts'
import { weights } from './small-models.ts'
import { type Stack, startStack } from './stack.ts'

type Request = Schemas['AttributionRequest']

/** How long a request runs before something happens to it: its plan is ready, so that it computes by then. */
const underWayMs = 500

/** Deadline of the service that has a short one: small requests are answered long before. */
const deadlineMs = 6_000

/** The same speed wherever there are at least two cores, so that heavy requests last. */
const threads = { ENGINE_THREADS: '2' }

const picture = conceptWorld.file('dataset/blue-dotted-disc/000.png')
const demoRequest: Request = {
  model: 'demo',
  inputs: [imageInput(picture)],
  conditions: [{ y: 'predicted' }],
  output: { heatmap: ['tensor'] },
}
const plainRequest: Request = {
  model: 'plain',
  inputs: [{ tensor: fp32([2, 3, 8, 8], weights(2 * 3 * 8 * 8)) }],
  conditions: [{ y: [0] }, { y: [3] }],
  composite: 'epsilon_plus',
  output: { heatmap: ['tensor'] },
}

const post = (stack: Stack, request: Request, signal?: AbortSignal): Promise<Response> =>
  fetch(`${stack.origin}/v1/attributions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    ...(signal === undefined ? {} : { signal }),
  })

/** Milliseconds that something takes. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const heatmaps = async (stack: Stack, request: Request): Promise<number[][]> =>
  (await attribute(stack.client, request)).results.map(({ heatmap }) => [...numbers(heatmap!.tensor).data])

async function registerAll(stack: Stack): Promise<void> {
  await register(stack.origin, conceptWorld.model(), { ...conceptWorld.metadata(), name: 'demo' })
  await register(stack.origin, plainModel(), { name: 'plain' })
}

describe('a running service', () => {
  let stack: Stack
  let heavy: HeavyWork
  beforeAll(async () => {
    stack = await startStack({ env: threads })
    await registerAll(stack)
    heavy = await prepareHeavyWork(stack.origin, stack.client)
  })
  afterAll(() => stack.stop())

  it('fails the request whose engine process is killed, and answers the next', async () => {
    const [engine] = stack.children('engine')
    const lost = post(stack, heavy.lasting(6000))
    await sleep(underWayMs)
    process.kill(engine!, 'SIGKILL')
    const answer = await lost
    await expectProblem(answer, { status: 503, code: 'engine-killed' })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await heatmaps(stack, demoRequest)).toHaveLength(1)
    const engines = stack.children('engine')
    expect(engines).toHaveLength(1)
    expect(engines).not.toContain(engine)
  })

  it('replaces the processes that read models and images', async () => {
    const tools = stack.children('tool')
    for (const pid of tools) process.kill(pid, 'SIGKILL')
    // The successors start on their own, requests or not.
    const replaced = async () => {
      const now = stack.children('tool')
      return now.length === tools.length && now.every((pid) => !tools.includes(pid))
    }
    await waitFor('tool processes', replaced)
    expect(await heatmaps(stack, demoRequest)).toHaveLength(1)
  })

  it('stops computing for a client that has gone', async () => {
    const request = heavy.lasting(8000)
    const leaving = new AbortController()
    const lost = post(stack, request, leaving.signal)
    await sleep(underWayMs)
    leaving.abort()
    await expect(lost).rejects.toThrow('aborted')
    const next = await timed(() => heatmaps(stack, demoRequest))
    const whole = await timed(() => attribute(stack.client, request))
    expect(next).toBeLessThan(whole / 2)
  })

  it('answers on both event loops while it computes', async () => {
    let computing = true
    const done = attribute(stack.client, heavy.lasting(5000)).finally(() => {
      computing = false
    })
    const latencies: number[] = []
    for (let i = 0; computing; i++) {
      const origin = i % 2 === 0 ? stack.origin : stack.workerOrigin
      latencies.push(await timed(() => fetch(`${origin}/healthz`).then((answer) => answer.text())))
      await sleep(20)
    }
    await done
    latencies.sort((a, b) => a - b)
    expect(latencies.length).toBeGreaterThan(30)
    // Pieces of the request compute for about a second: a loop that waits for one shows it.
    expect(latencies[Math.floor(0.95 * latencies.length)]).toBeLessThan(250)
  })

  it('answers requests on several models at once as it answers them one by one', async () => {
    const requests = [demoRequest, plainRequest, { ...demoRequest, composite: 'gradient' as const }]
    const single: number[][][] = []
    for (const request of requests) single.push(await heatmaps(stack, request))
    const together = await Promise.all([...requests, ...requests].map((request) => heatmaps(stack, request)))
    expect(together).toEqual([...single, ...single])
  })

  it('says that the worker is away, and goes on when it is back', async () => {
    const below = stack.worker.descendants()
    stack.worker.kill('SIGKILL')
    await stack.worker.ended
    await gone(below)
    const answer = await post(stack, demoRequest)
    await expectProblem(answer, { status: 503, code: 'engine-unavailable' })
    expect((await fetch(`${stack.origin}/readyz`)).status).toBe(503)
    expect((await fetch(`${stack.origin}/healthz`)).status).toBe(200)

    await stack.restartWorker()
    expect(await heatmaps(stack, demoRequest)).toHaveLength(1)
  })
})

describe('a service that is stopped and started again', () => {
  let first: Stack
  let heavy: HeavyWork
  let before: { readonly models: Schemas['Model'][]; readonly heatmaps: number[][] }

  /** The models and what they answer. */
  const state = async (stack: Stack) => ({
    models: (await stack.client.GET('/v1/models')).data!.models,
    heatmaps: [...(await heatmaps(stack, demoRequest)), ...(await heatmaps(stack, plainRequest))],
  })

  beforeAll(async () => {
    first = await startStack({ env: threads, dataDir: await mkdtemp(join(tmpdir(), 'crp-restart-')) })
    await registerAll(first)
    heavy = await prepareHeavyWork(first.origin, first.client)
    before = await state(first)
  })
  afterAll(() => rm(first.dataDir, { recursive: true, force: true }))

  it('answers what is in flight, and nothing more', async () => {
    const inFlight = [heavy.lasting(2000), heavy.lasting(1000), demoRequest].map((request) =>
      post(first, request),
    )
    await sleep(underWayMs)
    const stopping = first.stop()
    const statuses = (await Promise.all(inFlight)).map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 200])
    await stopping
    expect(first.output()).toBe('')
    await expect(fetch(`${first.origin}/healthz`)).rejects.toThrow()
  })

  describe('on the same folder, with a short deadline', () => {
    let second: Stack
    beforeAll(async () => {
      const env = { ...threads, REQUEST_TIMEOUT_MS: String(deadlineMs) }
      second = await startStack({ dataDir: first.dataDir, env })
    })

    it('has the same models, which answer the same', async () => {
      expect(await state(second)).toEqual(before)
    })

    it('gives up what takes too long, and answers the next', async () => {
      await expectProblem(await post(second, heavy.lasting(4 * deadlineMs)), {
        status: 504,
        code: 'deadline-exceeded',
      })
      expect(await heatmaps(second, demoRequest)).toHaveLength(1)
    })

    it('ends cleanly where both services are told to stop at once', async () => {
      const inFlight = post(second, heavy.lasting(1000))
      await sleep(underWayMs)
      const stopping = [second.gateway.stop(), second.worker.stop()]
      expect((await inFlight).status).toBe(200)
      await Promise.all(stopping)
    })
  })
})
