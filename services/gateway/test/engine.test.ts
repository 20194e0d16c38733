import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Problem, ProblemError } from '@crp-serve/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { gateway, minimal, told } from './app.ts'
import { attributionAnswer, startWorker, type TestWorker, type WorkerBehaviour } from './worker.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(behaviour: WorkerBehaviour, options: Parameters<typeof gateway>[1] = {}) {
  const worker = await startWorker(behaviour)
  const app = gateway(worker.url, options)
  closers.push(
    () => worker.app.close(),
    () => app.close(),
  )
  return { worker, app }
}

const attribute = (app: ReturnType<typeof gateway>) =>
  app.inject({ method: 'POST', url: '/v1/attributions', payload: minimal })

async function listen(app: ReturnType<typeof gateway>): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

const fetchAttribution = (origin: string, init: RequestInit = {}) =>
  fetch(`${origin}/v1/attributions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(minimal),
    ...init,
  })

/** A worker that holds a request until it is told to go on, and sees the connection close. */
function holding() {
  let arrived = () => {}
  let release = () => {}
  let closed = () => {}
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const closure = new Promise<void>((resolve) => {
    closed = resolve
  })
  const behaviour: WorkerBehaviour = {
    attribute: async (task, request) => {
      request.raw.socket.once('close', closed)
      arrived()
      await held
      return attributionAnswer(task)
    },
  }
  return { behaviour, arrival, closure, release }
}

describe('a worker that is away', () => {
  const retried = async (worker: TestWorker, app: ReturnType<typeof gateway>) => {
    await worker.app.close()
    const response = await attribute(app)
    expect(told(response)).toBe('503 engine-unavailable')
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
    return response
  }

  it('is 503 with Retry-After, and its address stays inside', async () => {
    const { worker, app } = await start({})
    const response = await retried(worker, app)
    expect(response.body).not.toContain('127.0.0.1')
    expect(told(await app.inject('/v1/models'))).toBe('503 engine-unavailable')
    expect(told(await app.inject('/readyz'))).toBe('503 not-ready')
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' })
  })

  it('is used again once it is back', async () => {
    const { worker, app } = await start({})
    expect((await attribute(app)).statusCode).toBe(200)
    await retried(worker, app)
    const back = await startWorker({}, Number(new URL(worker.url).port))
    closers.push(() => back.app.close())
    expect((await attribute(app)).statusCode).toBe(200)
    expect((await app.inject('/readyz')).json()).toMatchObject({ status: 'ready' })
  })

  it('is 503 when it goes away in the middle of a request', async () => {
    const { behaviour, arrival } = holding()
    const { worker, app } = await start(behaviour)
    const response = attribute(app)
    await arrival
    void worker.app.close()
    expect(told(await response)).toBe('503 engine-unavailable')
  })
})

describe('a worker that is slow', () => {
  it('is 504 after the deadline, and is told to stop', async () => {
    const { behaviour, closure } = holding()
    const { app } = await start(behaviour, { requestTimeoutMs: 100 })
    expect(told(await attribute(app))).toBe('504 deadline-exceeded')
    await closure
  })
})

describe('a worker that has too much to do', () => {
  it('says when to come back, and the client hears it', async () => {
    const { app } = await start({
      attribute: async () => {
        throw new ProblemError('overloaded', '64 requests are waiting already.', { retryAfter: 17 })
      },
    })
    const response = await attribute(app)
    expect(told(response)).toBe('503 overloaded')
    expect(response.headers['retry-after']).toBe('17')
  })
})

describe('work without a deadline', () => {
  it('takes longer than a connection may be silent otherwise', async () => {
    const silenceMs = 200
    const { app } = await start({
      models: (worker) => {
        worker.post('/v1/datasets', async (_, reply) => {
          await sleep(5 * silenceMs)
          return reply.code(201).send({ name: 'd' })
        })
      },
    })
    const origin = await listen(app)
    app.server.setTimeout(silenceMs)
    const request = { name: 'd', source: { directory: '/data' } }
    const answer = await fetch(`${origin}/v1/datasets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    })
    expect(answer.status).toBe(201)
    expect(await answer.json()).toEqual({ name: 'd' })
  })
})

describe('HEAD', () => {
  it('of an archive does not have it written', async () => {
    let sent = 0
    let ended = () => {}
    const end = new Promise<void>((resolve) => {
      ended = resolve
    })
    async function* endless() {
      try {
        for (;;) {
          await sleep(1)
          sent += 65536
          yield Buffer.alloc(65536)
        }
      } finally {
        ended()
      }
    }
    const { app } = await start({
      models: (worker) => {
        worker.get('/v1/feature-visualizations/:id/export', { exposeHeadRoute: false }, (_, reply) =>
          reply.type('application/zip').send(Readable.from(endless(), { objectMode: false })),
        )
      },
    })
    const url = '/v1/feature-visualizations/r/export'
    const response = await app.inject({ method: 'HEAD', url })
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('application/zip')
    expect(response.headers['content-length']).toBeUndefined()
    expect(response.body).toBe('')
    await end
    expect(sent).toBeGreaterThan(0)
  })
})

describe('a client that goes away', () => {
  it('takes its request at the worker with it', async () => {
    const { behaviour, arrival, closure } = holding()
    const { app } = await start(behaviour)
    const origin = await listen(app)
    const abort = new AbortController()
    const request = fetchAttribution(origin, { signal: abort.signal })
    await arrival
    abort.abort()
    await expect(request).rejects.toThrow()
    await closure
  })
})

describe('closing', () => {
  it('answers what is in flight and takes no new connections', async () => {
    const { behaviour, arrival, release } = holding()
    const { app } = await start(behaviour)
    const origin = await listen(app)
    const inFlight = fetchAttribution(origin)
    await arrival
    let isClosed = false
    const closed = app.close().then(() => {
      isClosed = true
    })
    await sleep(50)
    expect(isClosed).toBe(false)
    await expect(fetch(`${origin}/healthz`)).rejects.toThrow()
    release()
    const response = await inFlight
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ model: 'm' })
    await closed
  })

  it('tells a request that was only half there to come back', async () => {
    const { behaviour, arrival, release } = holding()
    const { app } = await start(behaviour)
    const origin = await listen(app)
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    socket.write('GET /healthz HTTP/1.1\r\n')
    const inFlight = fetchAttribution(origin)
    await arrival
    const closed = app.close()
    await sleep(50)
    socket.write('host: a\r\n\r\n')
    await once(socket, 'close')
    release()
    expect((await inFlight).status).toBe(200)
    await closed
    expect(answer.startsWith('HTTP/1.1 503')).toBe(true)
    expect((JSON.parse(answer.split('\r\n\r\n')[1]!) as Problem).code).toBe('shutting-down')
  })
})
