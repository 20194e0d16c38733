import { describe, expect, it } from 'vitest'
import { BatchSizes } from '../src/scheduling/batch-sizes.ts'
import { Batcher, type RunOptions, type Unit } from '../src/scheduling/batcher.ts'
import { FairQueue } from '../src/scheduling/fair-queue.ts'

describe('FairQueue', () => {
  const item = (tenant: string, cost = 1, priority = 0) => ({ tenant, cost, priority })
  const drained = <T extends { tenant: string; cost: number; priority: number }>(queue: FairQueue<T>) => {
    const order: string[] = []
    for (let next = queue.peek(); next; next = queue.peek()) {
      queue.remove(next)
      order.push(next.tenant)
    }
    return order.join('')
  }

  it('takes turns among tenants, however many one of them has waiting', () => {
    const queue = new FairQueue<ReturnType<typeof item>>()
    for (let i = 0; i < 5; i++) queue.push(item('a'))
    for (let i = 0; i < 2; i++) queue.push(item('b'))
    expect(drained(queue)).toBe('ababaaa')
  })

  it('counts work, not requests', () => {
    const queue = new FairQueue<ReturnType<typeof item>>()
    for (let i = 0; i < 3; i++) queue.push(item('a', 4))
    for (let i = 0; i < 6; i++) queue.push(item('b', 1))
    expect(drained(queue)).toBe('abbbbabba')
  })

  it('lets a newcomer in at once, and nobody save up turns', () => {
    const queue = new FairQueue<ReturnType<typeof item>>()
    for (let i = 0; i < 4; i++) queue.push(item('a'))
    for (let i = 0; i < 2; i++) queue.remove(queue.peek()!)
    for (let i = 0; i < 3; i++) queue.push(item('n'))
    expect(drained(queue)).toBe('nanan')
  })

  it('serves a lower priority only where nothing waits above it', () => {
    const queue = new FairQueue<ReturnType<typeof item>>()
    queue.push(item('j', 1, -1))
    queue.push(item('i', 100))
    queue.push(item('i', 100))
    expect(drained(queue)).toBe('iij')
  })
})

describe('BatchSizes', () => {
  const taught = (msPerRow: (rows: number) => number) => {
    const sizes = new BatchSizes()
    // An odd number of runs, so that what is asked for is none of the trials of a neighbour.
    for (let i = 0; i < 63; i++) {
      const rows = sizes.best('k', 16)
      sizes.record('k', rows, rows * msPerRow(rows))
    }
    return sizes
  }

  it('goes up to the size from which company gains nothing', () => {
    expect(taught((rows) => 5 + 10 / rows).best('k', 16)).toBe(16)
    expect(taught((rows) => (rows >= 4 ? 6 : 10)).best('k', 16)).toBe(4)
  })

  it('computes alone what company makes no faster', () => {
    for (const time of [() => 80, (rows: number) => 80 - rows / 100, (rows: number) => 80 + rows]) {
      expect(taught(time).best('k', 16)).toBe(1)
    }
  })

  it('takes all that there are where more would be better', () => {
    const sizes = taught((rows) => 5 + 10 / rows)
    expect([1, 3, 6, 13].map((most) => sizes.best('k', most))).toEqual([1, 3, 6, 13])
    expect(new BatchSizes().best('new', 6)).toBe(6)
  })

  it('looks at the neighbours now and then', () => {
    const sizes = taught((rows) => (rows >= 4 ? 6 : 10))
    for (let i = 63; i < 1023; i++) {
      const rows = sizes.best('k', 16)
      sizes.record('k', rows, rows * (rows >= 2 ? 6 : 10))
    }
    expect(sizes.best('k', 16)).toBe(2)
  })
})

/** Work whose runs are held until the test lets them go. */
function held() {
  const runs: {
    readonly names: readonly string[]
    readonly options: RunOptions
    end(error?: Error): void
  }[] = []
  const run: Unit<string, string>['run'] = (names, options) =>
    new Promise((resolve, reject) => {
      const end = (error?: Error) => {
        if (error) reject(error)
        else resolve({ results: names.map((name) => `done ${name}`), computeMs: names.length })
      }
      runs.push({ names, options, end })
    })
  const unit = (payload: string, work: Unit<string, string>['work'] = {}, key: string | null = 'k') => ({
    key,
    rows: 1,
    mostRows: 4,
    cost: 1,
    payload,
    work,
    run,
  })
  return { runs, unit }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))
const coded = (code: string) => Object.assign(new Error(code), { code })

describe('Batcher', () => {
  const options = { processes: 1, maxRows: 4, delayMs: 0 }

  it('starts whoever comes to an idle engine, and puts together what waits meanwhile', async () => {
    const { runs, unit } = held()
    const batcher = new Batcher(options)
    const answers = ['a', 'b', 'c', 'd'].map((name) => batcher.run(unit(name)))
    const other = batcher.run(unit('x', {}, 'other'))
    expect(runs.map(({ names }) => names)).toEqual([['a']])
    runs[0]!.end()
    await settled()
    expect(runs[1]!.names).toEqual(['b', 'c', 'd'].slice(0, runs[1]!.names.length))
    for (let i = 1; i < 6; i++) {
      runs[i]?.end()
      await settled()
    }
    expect((await Promise.all(answers)).map(({ value }) => value)).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => `done ${name}`),
    )
    expect((await other).value).toBe('done x')
    expect(runs.every(({ names }) => names.includes('x') === (names.length === 1 && names[0] === 'x'))).toBe(
      true,
    )
  })

  it('lets a cancelled unit go, and stops a run only when all have gone', async () => {
    const { runs, unit } = held()
    const batcher = new Batcher(options)
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()]
    const blocker = batcher.run(unit('blocker', {}, null))
    const prefetched = batcher.run(unit('prefetched', {}, null))
    const a = batcher.run(unit('a', { signal: first.signal }))
    const b = batcher.run(unit('b', { signal: second.signal }))
    const c = batcher.run(unit('c', { signal: third.signal }))
    first.abort()
    await expect(a).rejects.toMatchObject({ code: 'cancelled' })
    runs[0]!.end()
    runs[1]!.end()
    await Promise.all([blocker, prefetched])
    expect(runs[2]!.names).toEqual(['b', 'c'])
    second.abort()
    await expect(b).rejects.toMatchObject({ code: 'cancelled' })
    expect(runs[2]!.options.signal.aborted).toBe(false)
    third.abort()
    await expect(c).rejects.toMatchObject({ code: 'cancelled' })
    expect(runs[2]!.options.signal.aborted).toBe(true)
  })

  it('gives up a unit at its deadline, and runs the others', async () => {
    const { runs, unit } = held()
    const batcher = new Batcher(options)
    const blocker = batcher.run(unit('blocker', {}, null))
    const prefetched = batcher.run(unit('prefetched', {}, null))
    const late = batcher.run(unit('late', { deadline: Date.now() + 5 }))
    const patient = batcher.run(unit('patient'))
    await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' })
    await expect(batcher.run(unit('too late', { deadline: Date.now() - 1 }))).rejects.toMatchObject({
      code: 'deadline-exceeded',
    })
    for (const i of [0, 1]) runs[i]!.end()
    await Promise.all([blocker, prefetched])
    expect(runs[2]!.names).toEqual(['patient'])
    runs[2]!.end()
    expect((await patient).value).toBe('done patient')
    expect((await patient).waitedMs).toBeGreaterThan(0)
  })

  it('tries every member of a failed run once more alone', async () => {
    const { runs, unit } = held()
    const batcher = new Batcher(options)
    const early = ['0', '1'].map((name) => batcher.run(unit(name, {}, null)))
    const [good, bad] = [batcher.run(unit('good')), batcher.run(unit('bad'))]
    for (const i of [0, 1]) runs[i]!.end()
    await Promise.all(early)
    expect(runs[2]!.names).toEqual(['good', 'bad'])
    runs[2]!.end(coded('engine-crashed'))
    await settled()
    expect(runs[3]!.names).toEqual(['good'])
    expect(runs[4]!.names).toEqual(['bad'])
    runs[3]!.end()
    runs[4]!.end(coded('engine-crashed'))
    expect((await good).value).toBe('done good')
    await expect(bad).rejects.toMatchObject({ code: 'engine-crashed' })
    expect(runs).toHaveLength(5)
  })

  it('waits for company where it is told to, but not for more than there is room for', async () => {
    const { runs, unit } = held()
    const batcher = new Batcher({ ...options, delayMs: 20 })
    const began = performance.now()
    const alone = batcher.run(unit('alone'))
    expect(runs).toHaveLength(0)
    while (runs.length === 0) await settled()
    expect(performance.now() - began).toBeGreaterThanOrEqual(19)
    runs[0]!.end()
    await alone
    const four = ['a', 'b', 'c', 'd'].map((name) => batcher.run(unit(name)))
    expect(runs.slice(1).flatMap(({ names }) => names)).not.toHaveLength(0)
    for (let i = 1; i < runs.length || batcher.waiting > 0; i++) {
      while (runs.length <= i) await settled()
      runs[i]!.end()
      await settled()
    }
    await Promise.all(four)
  })

  it('puts jobs behind requests, in no common run', async () => {
    const { runs, unit } = held()
    const batcher = new Batcher(options)
    const early = ['0', '1'].map((name) => batcher.run(unit(name, {}, null)))
    const jobs = ['j', 'k'].map((name) => batcher.run(unit(name, { priority: -1 })))
    const request = batcher.run(unit('request'))
    for (const i of [0, 1]) runs[i]!.end()
    await Promise.all(early)
    expect(runs[2]!.names).toEqual(['request'])
    for (let i = 2; i < 5; i++) {
      runs[i]?.end()
      await settled()
    }
    await Promise.all([...jobs, request])
    expect(runs.slice(3).flatMap(({ names }) => names)).toEqual(['j', 'k'])
  })
})
