import type { Problem } from '@crp-serve/contracts'
import { ProblemError } from '@crp-serve/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { parseTimeout } from '../src/deadline.ts'
import { gateway, minimal, told } from './app.ts'
import { attributionAnswer, startWorker, type TestWorker, type WorkerBehaviour } from './worker.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Workers of the given behaviours, and a gateway before them. */
async function start(behaviours: readonly WorkerBehaviour[], options: Parameters<typeof gateway>[1] = {}) {
  const workers: TestWorker[] = []
  for (const behaviour of behaviours) workers.push(await startWorker(behaviour))
  const app = gateway(
    workers.map(({ url }) => url),
    options,
  )
  closers.push(...workers.map((worker) => () => worker.app.close()), () => app.close())
  return { workers, app }
}

const attribute = (app: ReturnType<typeof gateway>, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/v1/attributions', payload: minimal, headers })

/** A worker that counts what it is asked. */
function counting(answer: () => Promise<void> = async () => {}) {
  const seen = { requests: 0, now: 0, most: 0 }
  const behaviour: WorkerBehaviour = {
    attribute: async (task) => {
      seen.requests += 1
      seen.now += 1
      seen.most = Math.max(seen.most, seen.now)
      await answer().finally(() => {
        seen.now -= 1
      })
      return attributionAnswer(task)
    },
  }
  return { seen, behaviour }
}

const failing = (code: 'shutting-down' | 'overloaded' | 'engine-killed' | 'engine-crashed') =>
  counting(() => Promise.reject(new ProblemError(code, 'not here')))

describe('several workers', () => {
  it('share requests, the one with the fewest first', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const [a, b] = [counting(() => held), counting(() => held)]
    const { app } = await start([a.behaviour, b.behaviour])
    const answers = Array.from({ length: 6 }, () => attribute(app))
    while (a.seen.now + b.seen.now < 6) await new Promise((resolve) => setImmediate(resolve))
    release()
    expect((await Promise.all(answers)).map(({ statusCode }) => statusCode)).toEqual(Array(6).fill(200))
    expect([a.seen.most, b.seen.most]).toEqual([3, 3])
  })

  it('stand in for one that is gone', async () => {
    const [a, b] = [counting(), counting()]
    const { app, workers } = await start([a.behaviour, b.behaviour])
    await workers[0]!.app.close()
    const answers = await Promise.all(Array.from({ length: 8 }, () => attribute(app)))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(200))
    expect(b.seen.requests).toBe(8)
  })

  it('stand in for one whose connection ends under a request', async () => {
    const dying: WorkerBehaviour = {
      attribute: async (_task, request) => {
        request.raw.socket.destroy()
        return await new Promise<never>(() => {})
      },
    }
    const good = counting()
    const { app } = await start([dying, good.behaviour])
    const answers = await Promise.all(Array.from({ length: 4 }, () => attribute(app)))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
  })

  it.each(['shutting-down', 'overloaded', 'engine-killed'] as const)(
    'stand in for one that says %s',
    async (code) => {
      const [bad, good] = [failing(code), counting()]
      const { app } = await start([bad.behaviour, good.behaviour])
      for (let i = 0; i < 4; i++) expect((await attribute(app)).statusCode).toBe(200)
      expect(bad.seen.requests).toBeGreaterThan(0)
      if (code === 'shutting-down') expect(bad.seen.requests).toBe(1)
    },
  )

  it('do not inherit a request under which an engine crashed, nor one that is wrong', async () => {
    const [bad, good] = [failing('engine-crashed'), failing('engine-crashed')]
    const { app } = await start([bad.behaviour, good.behaviour])
    expect(told(await attribute(app))).toBe('503 engine-crashed')
    expect(bad.seen.requests + good.seen.requests).toBe(1)
  })

  it('are given up on where all of them fail', async () => {
    const { app, workers } = await start([{}, {}])
    for (const worker of workers) await worker.app.close()
    expect(told(await attribute(app))).toBe('503 engine-unavailable')
    const ready = await app.inject('/readyz')
    expect(told(ready)).toBe('503 not-ready')
    expect(ready.json<Problem>().details).toEqual({
      checks: { engine: { status: 'failed', reason: 'none of 2 attribution workers is ready' } },
    })
  })

  it('get an upload once, even where it fails', async () => {
    let uploads = 0
    const refusing: WorkerBehaviour = {
      models: (app) => {
        app.post('/v1/models', async () => {
          uploads += 1
          throw new ProblemError('overloaded', 'not now')
        })
      },
    }
    const { app } = await start([refusing, refusing])
    const upload = await app.inject({
      method: 'POST',
      url: '/v1/models',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      payload: '--x--\r\n',
    })
    expect(told(upload)).toBe('503 overloaded')
    expect(uploads).toBe(1)
  })

  it('are not tried after the deadline', async () => {
    const slow = counting(
      () => new Promise((_, reject) => setTimeout(() => reject(new ProblemError('overloaded', 'late')), 300)),
    )
    const { app } = await start([slow.behaviour, slow.behaviour])
    expect(told(await attribute(app, { 'request-timeout': '100ms' }))).toBe('504 deadline-exceeded')
    expect(slow.seen.requests).toBe(1)
  })

  it('tell how many of them are ready', async () => {
    const { app, workers } = await start([{}, {}])
    await workers[0]!.app.close()
    expect((await app.inject('/readyz')).json()).toEqual({
      status: 'ready',
      checks: { engine: { status: 'ok', workers: 2, ready: 1 } },
    })
  })
})

describe('the header request-timeout', () => {
  it.each([
    ['30', 30_000],
    ['0.5', 500],
    ['1.5s', 1500],
    ['250ms', 250],
    ['2m', 120_000],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['1h', undefined],
    ['', undefined],
  ])('%j', (text, expected) => expect(parseTimeout(text)).toBe(expected))

  it('is refused where it says nothing sensible', async () => {
    const { app } = await start([{}])
    expect(told(await attribute(app, { 'request-timeout': 'soon' }))).toBe(
      '422 validation-failed /headers/request-timeout',
    )
  })

  it('reaches the worker, cut to the limit of the service', async () => {
    const given: unknown[] = []
    const { app } = await start([
      {
        attribute: async (task, request) => {
          given.push(Number(request.headers['x-deadline-ms']), request.headers['x-tenant'])
          return attributionAnswer(task)
        },
      },
    ])
    await attribute(app, { 'request-timeout': '2' })
    await attribute(app, { 'request-timeout': '1000' })
    expect(given[0]).toBeGreaterThan(1000)
    expect(given[0]).toBeLessThanOrEqual(2000)
    expect(given[2]).toBeLessThanOrEqual(5000)
    expect(given[1]).toBe('address 127.0.0.1')
  })
})

describe('a gateway that is told to stop', () => {
  it('says so at once and answers on, each answer the last of its connection', async () => {
    const { app } = await start([{}])
    await app.ready()
    app.drain()
    expect(told(await app.inject('/readyz'))).toBe('503 shutting-down')
    expect((await app.inject('/healthz')).statusCode).toBe(200)
    const answer = await attribute(app)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers.connection).toBe('close')
  })
})
