import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { childEntry, type PoolEvent, type PoolOptions, ProcessPool } from '../src/index.ts'
import type { TestHandlers } from './fixtures/test-child.ts'

const entry = childEntry('./fixtures/test-child', import.meta.url)
const pools: ProcessPool<TestHandlers>[] = []

async function startPool(options: Partial<PoolOptions> = {}): Promise<ProcessPool<TestHandlers>> {
  const pool = await ProcessPool.start<TestHandlers>({ entry, size: 1, ...options })
  pools.push(pool)
  return pool
}

afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close()
})

const pidOf = (pool: ProcessPool<TestHandlers>) => pool.status().children[0]!.pid!

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`)
    await sleep(10)
  }
}

describe('answers', () => {
  it('returns what the handler returns, typed arrays and big integers included', async () => {
    const pool = await startPool()
    const value = {
      list: Float32Array.of(1.5, -0),
      big: BigInt64Array.of(2n ** 62n),
      map: new Map([['a', 1]]),
    }
    const reply = await pool.request('echo', value)
    expect(reply.value).toEqual(value)
    expect(reply.queueMs).toBeGreaterThanOrEqual(0)
    expect(reply.runMs).toBeGreaterThan(0)
  })

  it('keeps code, message, pointer and details of an error and hides no unforeseen one', async () => {
    const pool = await startPool()
    await expect(pool.request('fail', 'coded')).rejects.toMatchObject({
      code: 'image-truncated',
      message: 'The image ends early.',
      pointer: '/inputs/0',
      details: { bytes: 12 },
    })
    await expect(pool.request('fail', 'plain')).rejects.toMatchObject({
      code: 'engine-error',
      message: 'x is not a function',
      cause: expect.stringContaining('test-child.ts'),
    })
    await expect(pool.request('fail', 'node')).rejects.toMatchObject({ code: 'engine-error' })
    await expect(pool.request('uncloneable', undefined)).rejects.toMatchObject({
      code: 'engine-error',
    })
    await expect(pool.request('echo', () => 1)).rejects.toMatchObject({ code: 'engine-error' })
    await expect(pool.request('absent' as 'echo', 1)).rejects.toMatchObject({ code: 'unknown-method' })
    expect((await pool.request('echo', 1)).value).toBe(1)
  })

  it('delivers an answer that is still in the channel when the child ends', async () => {
    const pool = await startPool()
    const request = pool.request('answerAndDie', 30_000)
    await sleep(0)
    // While this thread sleeps the child answers and exits: both are found together.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
    expect((await request).value).toEqual(new Uint8Array(30_000).fill(7))
  })

  it('answers every one of many requests exactly once, whatever else happens', async () => {
    const pool = await startPool({ size: 2, backoffMs: { first: 1, longest: 5 } })
    const settled: number[] = []
    const requests = Array.from({ length: 120 }, (_, index) => {
      const signal = index % 7 === 0 ? AbortSignal.timeout(index) : undefined
      const request: Promise<unknown> =
        index % 20 === 5 ? pool.request('crash', 'exit') : pool.request('echo', index, { signal })
      return request.finally(() => settled.push(index))
    })
    const results = await Promise.allSettled(requests)
    expect(settled.toSorted((a, b) => a - b)).toEqual(results.map((_, index) => index))
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') expect(result.value).toMatchObject({ value: index })
      else expect(result.reason.code).toBe(index % 20 === 5 ? 'engine-crashed' : 'cancelled')
    })
    expect(pool.status().queued).toBe(0)
  })
})

describe('death of a child', () => {
  it('fails only the request it held; the child is replaced', async () => {
    const pool = await startPool({ size: 2 })
    const [victim, other] = pool.status().children.map(({ pid }) => pid!)
    const requests = [
      pool.request('block', 1500),
      pool.request('block', 1500),
      pool.request('pid', undefined),
    ]
    await sleep(200)
    process.kill(victim!, 'SIGKILL')
    const [first, second, third] = await Promise.allSettled(requests)
    expect([first, second].filter((result) => result?.status === 'rejected')).toMatchObject([
      { reason: { code: 'engine-killed', details: { signal: 'SIGKILL' } } },
    ])
    expect([first, second].filter((result) => result?.status === 'fulfilled')).toMatchObject([
      { value: { value: other } },
    ])
    expect(third).toMatchObject({ status: 'fulfilled' })
    await until(
      () => pool.status().children.filter(({ state }) => state === 'free').length === 2,
      'replacement',
    )
    expect(pool.status().children.map(({ pid }) => pid)).not.toContain(victim)
  })

  it.each(['exit', 'abort', 'throw-later'] as const)(
    'is a crash when the child ends by itself (%s)',
    async (how) => {
      const pool = await startPool()
      await expect(pool.request('crash', how)).rejects.toMatchObject({ code: 'engine-crashed' })
      expect((await pool.request('echo', 'again')).value).toBe('again')
    },
  )

  it('backs off when children die again and again, and forgets it after an answer', async () => {
    const delays: number[] = []
    const onEvent = (event: PoolEvent) => {
      if (event.type === 'child-gone' && event.replacedInMs !== undefined) delays.push(event.replacedInMs)
    }
    const pool = await startPool({ onEvent, backoffMs: { first: 20, longest: 50 } })
    const crash = () => pool.request('crash', 'exit').catch(() => {})
    for (let i = 0; i < 5; i++) await crash()
    await pool.request('echo', 1)
    await crash()
    expect(delays).toEqual([0, 20, 40, 50, 50, 0])
  })

  it('refuses the start with the error of the setup, and leaves no child behind', async () => {
    const gone: number[] = []
    const onEvent = (event: PoolEvent) => void (event.type === 'child-gone' && gone.push(event.pid!))
    const refused = startPool({ size: 2, settings: { refuse: true }, onEvent })
    await expect(refused).rejects.toMatchObject({ code: 'never-starts', message: 'This child never starts.' })
    expect(gone.length).toBe(2)
    expect(gone.some(isAlive)).toBe(false)
    await expect(startPool({ settings: { dieAtStart: true } })).rejects.toMatchObject({
      code: 'engine-crashed',
      details: { exit_code: 9 },
    })
  })

  it('replaces a child that has grown over the memory limit, between two requests', async () => {
    const events: PoolEvent[] = []
    const pool = await startPool({ memoryLimitBytes: 400e6, onEvent: (event) => events.push(event) })
    const before = pidOf(pool)
    const [swollen, next] = await Promise.all([pool.request('swell', 500e6), pool.request('pid', undefined)])
    expect(swollen.value).toBe(before)
    expect(next.value).not.toBe(before)
    expect(events).toContainEqual({ type: 'child-recycled', pid: before, memoryBytes: expect.any(Number) })
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'child-gone', pid: before, replacedInMs: 0 }),
    )
  })
})

describe('cancelling and deadlines', () => {
  it('drops a queued request at once', async () => {
    const pool = await startPool()
    const running = pool.request('wait', 400)
    const caller = new AbortController()
    const queued = pool.request('echo', 1, { signal: caller.signal })
    expect(pool.status().queued).toBe(1)
    caller.abort()
    expect(pool.status().queued).toBe(0)
    await expect(queued).rejects.toMatchObject({ code: 'cancelled' })
    expect((await running).value).toBe(pidOf(pool))
    await expect(pool.request('echo', 1, { signal: caller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
  })

  it('asks a running handler to stop; the child lives on', async () => {
    const pool = await startPool()
    const pid = pidOf(pool)
    const start = performance.now()
    const request = pool.request('wait', 30_000, { signal: AbortSignal.timeout(100) })
    await expect(request).rejects.toMatchObject({ code: 'cancelled' })
    expect((await pool.request('pid', undefined)).value).toBe(pid)
    expect(performance.now() - start).toBeLessThan(20_000)
  })

  it('kills a child whose handler does not stop, and waiting requests go on', async () => {
    const pool = await startPool({ cancelGraceMs: 200 })
    const pid = pidOf(pool)
    const start = performance.now()
    const request = pool.request('block', 60_000, { signal: AbortSignal.timeout(100) })
    const waiting = pool.request('pid', undefined)
    await expect(request).rejects.toMatchObject({ code: 'cancelled' })
    expect((await waiting).value).not.toBe(pid)
    expect(performance.now() - start).toBeLessThan(30_000)
    expect(isAlive(pid)).toBe(false)
  })

  it('rejects at the deadline, queued or running, and one in the past at once', async () => {
    const pool = await startPool()
    const late = { code: 'deadline-exceeded' }
    const running = pool.request('wait', 30_000, { deadline: Date.now() + 300 })
    const queued = pool.request('echo', 1, { deadline: Date.now() + 100 })
    await expect(queued).rejects.toMatchObject(late)
    await expect(running).rejects.toMatchObject(late)
    await expect(pool.request('echo', 1, { deadline: Date.now() - 1 })).rejects.toMatchObject(late)
    expect((await pool.request('echo', 1, { deadline: Date.now() + 1e11 })).value).toBe(1)
  })
})

describe('the queue', () => {
  it('refuses more than it may hold', async () => {
    const pool = await startPool({ queueLimit: 2 })
    const accepted = [pool.request('wait', 200), pool.request('echo', 1), pool.request('echo', 2)]
    await expect(pool.request('echo', 3)).rejects.toMatchObject({ code: 'overloaded', details: { limit: 2 } })
    await Promise.all(accepted)
    expect((await pool.request('echo', 4)).value).toBe(4)
  })

  it('runs higher priorities first, and equal ones in order of arrival', async () => {
    const pool = await startPool()
    const order: string[] = []
    const first = pool.request('wait', 100)
    const rest = (['a0', 'b5', 'c0', 'd5', 'e-1', 'f9'] as const).map(async (name) => {
      await pool.request('echo', name, { priority: Number(name.slice(1)) })
      order.push(name)
    })
    await Promise.all([first, ...rest])
    expect(order).toEqual(['f9', 'b5', 'd5', 'a0', 'c0', 'e-1'])
  })

  it('prefers the free child that holds what the request uses', async () => {
    const pool = await startPool({ size: 3 })
    const holders = await Promise.all([
      pool.request('wait', 100),
      pool.request('wait', 100),
      pool.request('hold', ['a', 'b']),
    ])
    const holder = holders[2].value
    for (let i = 0; i < 5; i++) {
      expect((await pool.request('pid', undefined, { affinity: ['b', 'z'] })).value).toBe(holder)
    }
    const busy = pool.request('wait', 300, { affinity: ['a'] })
    expect((await pool.request('pid', undefined, { affinity: ['a'] })).value).not.toBe(holder)
    expect((await busy).value).toBe(holder)
  })

  it('broadcasts to every child', async () => {
    const pool = await startPool({ size: 2 })
    const running = [pool.request('wait', 200), pool.request('wait', 200)]
    const reached = await pool.broadcast('pid', undefined)
    await Promise.all(running)
    const pids = reached.map((result) => (result.status === 'fulfilled' ? result.value.value : result.reason))
    expect(new Set(pids)).toEqual(new Set(pool.status().children.map(({ pid }) => pid)))
  })

  it('broadcasts ahead of what waits', async () => {
    const pool = await startPool()
    const order: string[] = []
    const running = pool.request('wait', 200)
    const queued = pool.request('echo', 1, { priority: 9 }).then(() => order.push('queued'))
    await pool.broadcast('pid', undefined).then(() => order.push('broadcast'))
    await Promise.all([running, queued])
    expect(order).toEqual(['broadcast', 'queued'])
  })
})

describe('the end', () => {
  it('drains: answers what it has, refuses what comes', async () => {
    const pool = await startPool()
    const pid = pidOf(pool)
    const accepted = [pool.request('wait', 200), pool.request('echo', 'queued')]
    const drained = pool.drain()
    await expect(pool.request('echo', 1)).rejects.toMatchObject({ code: 'shutting-down' })
    await drained
    expect((await Promise.all(accepted)).map((reply) => reply.value)).toEqual([pid, 'queued'])
    await pool.close()
    expect(isAlive(pid)).toBe(false)
    expect(pool.status().children).toEqual([])
  })

  it('closes at once: rejects what waits and what runs', async () => {
    const pool = await startPool()
    const pid = pidOf(pool)
    const results = Promise.allSettled([pool.request('block', 60_000), pool.request('echo', 1)])
    await sleep(100)
    await pool.close()
    expect(await results).toMatchObject([
      { reason: { code: 'engine-killed' } },
      { reason: { code: 'shutting-down' } },
    ])
    expect(isAlive(pid)).toBe(false)
  })
})

describe('childEntry', () => {
  it('forks source through tsx from source, and plain JavaScript from dist', () => {
    expect(existsSync(entry.path)).toBe(true)
    expect(entry.execArgv).toEqual([
      '--import',
      expect.stringMatching(/^file:.*tsx/),
      '--conditions=crp-serve-source',
    ])
    const built = childEntry('./decode-child', 'file:///app/libs/engine/dist/decode.js')
    expect(built).toEqual({ path: '/app/libs/engine/dist/decode-child.js', execArgv: [] })
  })
})
