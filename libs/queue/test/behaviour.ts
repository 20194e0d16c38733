import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isFinal, type Job, ProblemError } from '@crp-serve/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type JobQueue,
  type JobWorker,
  openJobQueue,
  startJobWorker,
  type WorkerOptions,
} from '../src/index.ts'
import { flow, handlersWith, type Replacements, slowShard } from './handlers.ts'

/** A back end under test. */
export interface Backend {
  readonly url: string
  /** Cuts every connection, with the server restarted where that can be done. */
  readonly disturb: () => Promise<void>
}

const fixture = fileURLToPath(new URL('fixtures/worker-process.ts', import.meta.url))
const request = { request: 'jobs/x/request' }
let counter = 0

/** What every back end must do alike. */
export function behaves(backend: () => Backend): void {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()))
  })

  /** Queues and workers of a test, which meet nobody else's. */
  function world() {
    const namespace = `test-${process.pid}-${Date.now().toString(36)}-${counter++}`
    const common = { url: backend().url, namespace, retryMs: 20 }
    const queue = (): JobQueue => {
      const queue = openJobQueue({ ...common, watchMs: 20 })
      open.push(queue)
      return queue
    }
    const worker = (replacements?: Replacements, options: Partial<WorkerOptions> = {}): JobWorker => {
      const started = startJobWorker({
        ...common,
        handlers: handlersWith(replacements),
        lockMs: 1500,
        pollMs: 50,
        ...options,
      })
      open.push(started)
      return started
    }
    return { queue, worker, namespace }
  }

  /** Waits for the end of a job; gives every state on the way. */
  async function states(queue: JobQueue, id: string): Promise<Job[]> {
    const seen: Job[] = []
    for await (const { job } of queue.events(id)) seen.push(job)
    return seen
  }
  const end = async (queue: JobQueue, id: string): Promise<Job> => (await states(queue, id)).at(-1)!

  async function until(queue: JobQueue, id: string, holds: (job: Job) => boolean): Promise<Job> {
    for await (const { job } of queue.events(id)) {
      if (holds(job)) return job
      if (isFinal(job.status)) throw new Error(`the job has ended before: ${JSON.stringify(job)}`)
    }
    throw new Error('there is no such job')
  }

  describe('submitting', () => {
    it('makes one job of one id, however many race for it', async () => {
      const { queue, worker } = world()
      const [one, other] = [queue(), queue()]
      let runs = 0
      worker({ jobs: { attribution: async () => ({ run: String(++runs) }) } })
      const race = Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? one : other).submit('attribution', request, { id: 'same', digest: 'd' }),
      )
      const submitted = await Promise.all(race)
      expect(submitted.filter(({ created }) => created)).toHaveLength(1)
      expect(await end(one, 'same')).toMatchObject({ status: 'succeeded', result: { run: '1' } })
      expect((await other.submit('attribution', request, { id: 'same', digest: 'd' })).created).toBe(false)
      expect((await one.list(10)).jobs).toHaveLength(1)
      expect(runs).toBe(1)
    })

    it('refuses other content under the same id', async () => {
      const jobs = world().queue()
      await jobs.submit('attribution', request, { id: 'a', digest: 'one' })
      const other = jobs.submit('attribution', request, { id: 'a', digest: 'two' })
      await expect(other).rejects.toMatchObject({ code: 'idempotency-key-reused' })
      expect(await jobs.get('a')).toMatchObject({ status: 'queued', started_at: null })
      expect(await jobs.get('b')).toBeUndefined()
    })

    it('starts a job anew that was cancelled, when it is asked to', async () => {
      const { queue, worker } = world()
      const jobs = queue()
      await jobs.submit('attribution', request, { id: 'a' })
      expect(await jobs.cancel('a')).toMatchObject({ status: 'cancelled' })
      expect((await jobs.submit('attribution', request, { id: 'a' })).job.status).toBe('cancelled')
      expect(await jobs.submit('attribution', request, { id: 'a', restart: true })).toMatchObject({
        created: true,
        job: { status: 'queued' },
      })
      worker()
      expect(await end(jobs, 'a')).toMatchObject({ status: 'succeeded' })
    })
  })

  describe('several that start a job anew whose worker holds on to it', () => {
    it('start it once, and all get it', async () => {
      const { queue, worker } = world()
      let runs = 0
      worker({
        jobs: {
          attribution: async ({ signal }) => {
            // Stops late when it is cancelled; the second time it is at work for longer than anybody waits.
            const isFirst = ++runs === 1
            await once(signal, 'abort', { signal: AbortSignal.timeout(isFirst ? 20_000 : 6000) }).catch(
              () => undefined,
            )
            await sleep(isFirst ? 500 : 0)
            return { run: String(runs) }
          },
        },
      })
      const clients = [queue(), queue(), queue()]
      await clients[0]!.submit('attribution', request, { id: 'a' })
      await until(clients[0]!, 'a', ({ status }) => status === 'running')
      await clients[0]!.cancel('a')
      const restarted = await Promise.all(
        clients.map(async (client, i) => {
          await sleep(35 * i)
          return client.submit('attribution', request, { id: 'a', restart: true })
        }),
      )
      expect(restarted.map(({ job }) => job.status)).toEqual(
        restarted.map(() => expect.stringMatching(/queued|running/)),
      )
      expect(await end(clients[0]!, 'a')).toMatchObject({ status: 'succeeded', result: { run: '2' } })
      expect(runs).toBe(2)
    })
  })

  describe('a job with tasks', () => {
    it('is one job with one progress; results come in order; what is to be done once is', async () => {
      const { queue, worker } = world()
      const jobs = queue()
      const notes: string[] = []
      const replacements = { jobs: { 'feature-visualization': flow(4, (what) => notes.push(what)) } }
      worker(replacements)
      worker(replacements)
      await jobs.submit('feature-visualization', request, { id: 'f' })
      const seen = await states(jobs, 'f')
      expect(seen.at(-1)).toMatchObject({
        status: 'succeeded',
        progress: { done: 2, total: 2 },
        result: { merged: 'part-0,part-1,part-2,part-3' },
      })
      const collecting = seen.filter(({ phase }) => phase === 'collect').map(({ progress }) => progress)
      expect(collecting.every(({ total }) => total === 40)).toBe(true)
      expect(collecting.map(({ done }) => done)).toEqual(
        collecting.map(({ done }) => done).toSorted((a, b) => a - b),
      )
      expect(notes).toEqual(['merge'])
    })

    it('tries a task again that has failed, alone', async () => {
      const { queue, worker } = world()
      const jobs = queue()
      const tries: number[] = []
      worker({
        tasks: {
          'feature-visualization-shard': async ({ payload, job }) => {
            tries.push(payload.from)
            if (payload.from === 1 && job.attempt < 3) throw new Error('not yet')
            return { key: String(payload.from) }
          },
        },
      })
      await jobs.submit('feature-visualization', request, { id: 'f' })
      expect(await end(jobs, 'f')).toMatchObject({ status: 'succeeded', result: { merged: '0,1,2' } })
      expect(tries.toSorted()).toEqual([0, 1, 1, 1, 2])
    })

    it('fails with its task, which aborts the others', async () => {
      const { queue, worker } = world()
      const jobs = queue()
      let aborted = 0
      const replacements: Replacements = {
        tasks: {
          'feature-visualization-shard': async (context) => {
            if (context.payload.from === 2) {
              await sleep(100)
              throw new ProblemError('class-out-of-range', 'There is no class 9.')
            }
            return await slowShard(500)(context).catch((error) => {
              aborted++
              throw error
            })
          },
        },
      }
      worker(replacements, { concurrency: { jobs: 1, tasks: 2 } })
      worker(replacements)
      await jobs.submit('feature-visualization', request, { id: 'f' })
      expect(await end(jobs, 'f')).toMatchObject({ status: 'failed', error: { code: 'class-out-of-range' } })
      await expect.poll(() => aborted).toBe(2)
    })
  })

  it('fails a job at once whose request is at fault, and others after four attempts', async () => {
    const { queue, worker } = world()
    const jobs = queue()
    const attempts: number[] = []
    worker({
      jobs: {
        attribution: async ({ job }) => {
          attempts.push(job.attempt)
          throw new Error('a defect')
        },
      },
    })
    await jobs.submit('attribution-graph', request, { id: 'bad' })
    expect(await end(jobs, 'bad')).toMatchObject({
      status: 'failed',
      error: { code: 'unknown-layer', status: 422 },
    })
    await jobs.submit('attribution', request, { id: 'defect' })
    expect(await end(jobs, 'defect')).toMatchObject({ status: 'failed', error: { code: 'internal' } })
    expect(attempts).toEqual([1, 2, 3, 4])
  })

  describe('cancelling', () => {
    it('stops the work in another process, for good', async () => {
      const { queue, worker } = world()
      const [jobs, other] = [queue(), queue()]
      let stopped: unknown
      worker({
        jobs: {
          attribution: async ({ signal }) => {
            await sleep(60_000, undefined, { signal }).catch(() => undefined)
            stopped = signal.reason
            // Too late to count.
            return { self: 'done all the same' }
          },
        },
      })
      await jobs.submit('attribution', request, { id: 'a' })
      await until(jobs, 'a', ({ status }) => status === 'running')
      expect(await other.cancel('a')).toMatchObject({ status: 'cancelled', phase: 'cancelled' })
      await expect.poll(() => stopped).toMatchObject({ code: 'job-ended' })
      await sleep(100)
      expect(await jobs.get('a')).toMatchObject({ status: 'cancelled' })
      expect((await jobs.get('a'))?.result).toBeUndefined()
    })

    it('needs no worker, and changes nothing that has ended', async () => {
      const { queue, worker } = world()
      const jobs = queue()
      await jobs.submit('feature-visualization', request, { id: 'f' })
      expect(await jobs.cancel('f')).toMatchObject({ status: 'cancelled', started_at: null })
      worker()
      await jobs.submit('attribution', request, { id: 'a' })
      expect(await end(jobs, 'a')).toMatchObject({ status: 'succeeded' })
      expect(await jobs.cancel('a')).toMatchObject({ status: 'succeeded' })
      expect(await jobs.cancel('nobody')).toBeUndefined()
      expect(await jobs.get('f')).toMatchObject({ status: 'cancelled', started_at: null })
    })
  })

  it('lists jobs from the newest on, page by page, and by status', async () => {
    const jobs = world().queue()
    for (const id of ['a', 'b', 'c', 'd', 'e']) await jobs.submit('attribution', request, { id })
    await jobs.cancel('b')
    const first = await jobs.list(2)
    const second = await jobs.list(2, first.cursor)
    const third = await jobs.list(2, second.cursor)
    const all = [first, second, third].flatMap((page) => page.jobs)
    expect(all.map(({ id }) => id).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(all.map(({ created_at }) => created_at)).toEqual(
      all
        .map(({ created_at }) => created_at)
        .toSorted()
        .toReversed(),
    )
    expect(third.cursor).toBeUndefined()
    expect((await jobs.list(10, undefined, 'cancelled')).jobs.map(({ id }) => id)).toEqual(['b'])
    await expect(jobs.list(2, 'nonsense')).rejects.toMatchObject({ code: 'validation-failed' })
  })

  it('lists a job once at every moment of its life', async () => {
    const { queue, worker } = world()
    const jobs = queue()
    const steps: Replacements['jobs'] = {
      async 'feature-visualization'({ payload: { request }, tasks }) {
        for (let i = 0; i < 8; i++)
          await tasks(`step-${i}`, 'feature-visualization-shard', [
            { payload: { request, from: i, to: i + 1 } },
          ])
        return {}
      },
    }
    worker({
      jobs: steps,
      tasks: { 'feature-visualization-shard': async ({ payload }) => ({ key: String(payload.from) }) },
    })
    await jobs.submit('feature-visualization', request, { id: 'f' })
    let listed: readonly Job[]
    do {
      listed = (await jobs.list(10)).jobs
      expect(listed.map(({ id }) => id)).toEqual(['f'])
    } while (!isFinal(listed[0]!.status))
    expect(listed).toMatchObject([{ status: 'succeeded' }])
  })

  it('forgets finished jobs that are too many, after it has told so', async () => {
    const { queue, worker } = world()
    const jobs = queue()
    const forgotten: string[] = []
    for (const id of ['a', 'b', 'c']) {
      await jobs.submit('attribution', request, { id })
      await jobs.cancel(id)
    }
    await jobs.submit('attribution', request, { id: 'waiting' })
    worker(
      { jobs: { attribution: ({ signal }) => sleep(60_000, {}, { signal }) } },
      {
        retention: { ageMs: 3_600_000, count: 1 },
        onForget: async ({ id }) => void forgotten.push(id),
      },
    )
    await expect.poll(async () => (await jobs.list(10)).jobs.map(({ id }) => id)).toEqual(['waiting', 'c'])
    expect([...new Set(forgotten)].toSorted()).toEqual(['a', 'b'])
  })

  it('does not forget a job that is started anew while its earlier self is forgotten', async () => {
    const { queue, worker } = world()
    const jobs = queue()
    await jobs.submit('attribution', request, { id: 'a' })
    await jobs.cancel('a')
    let restarted: unknown
    worker(undefined, {
      retention: { ageMs: 3_600_000, count: 0 },
      onForget: async () => {
        restarted ??= await jobs.submit('attribution', request, { id: 'a', restart: true })
      },
    })
    await expect.poll(() => restarted).toMatchObject({ created: true })
    expect(await end(jobs, 'a')).toMatchObject({ status: 'succeeded' })
  })

  it('tells a reader who comes back only what is new', async () => {
    const { queue, worker } = world()
    const jobs = queue()
    worker()
    await jobs.submit('attribution', request, { id: 'a' })
    const seen: string[] = []
    for await (const { id } of jobs.events('a')) seen.push(id)
    expect(new Set(seen).size).toBe(seen.length)
    const again: string[] = []
    for await (const { id } of jobs.events('a', { after: seen.at(-1)! })) again.push(id)
    expect(again).toEqual([])
    for await (const { id } of jobs.events('nobody')) again.push(id)
    expect(again).toEqual([])
  })

  describe('faults', () => {
    it('a worker that closes gives its work back, which costs no attempt', async () => {
      const { queue, worker } = world()
      const jobs = queue()
      const attempts: number[] = []
      const noting: Replacements = {
        tasks: {
          'feature-visualization-shard': (context) => {
            attempts.push(context.job.attempt)
            return slowShard(attempts.length === 1 ? 10_000 : 2)(context)
          },
        },
      }
      const first = worker(noting)
      await jobs.submit('feature-visualization', request, { id: 'f' })
      await expect.poll(() => attempts.length).toBe(1)
      await first.close(50)
      worker(noting)
      expect(await end(jobs, 'f')).toMatchObject({ status: 'succeeded' })
      expect(attempts).toEqual([1, 1, 1, 1])
    })

    it('what a killed worker held is taken over', async () => {
      const { queue, worker, namespace } = world()
      const jobs = queue()
      const flags = ['--import', 'tsx', '--conditions=crp-serve-source']
      const child = spawn(process.execPath, [...flags, fixture, backend().url, namespace], {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      })
      const ended = once(child, 'exit')
      await jobs.submit('feature-visualization', request, { id: 'f' })
      await once(child.stdout!, 'data')
      child.kill('SIGKILL')
      await ended
      expect(await jobs.get('f')).toMatchObject({ status: 'running', phase: 'collect' })
      worker({ jobs: { 'feature-visualization': flow(2) } })
      expect(await end(jobs, 'f')).toMatchObject({
        status: 'succeeded',
        result: { merged: 'part-0,part-1' },
      })
    })

    it('lost connections delay a job, and nothing else', async () => {
      const { queue, worker } = world()
      const jobs = queue()
      worker({ tasks: { 'feature-visualization-shard': slowShard(60) } })
      await jobs.submit('feature-visualization', request, { id: 'f' })
      await until(jobs, 'f', ({ phase }) => phase === 'collect')
      await backend().disturb()
      expect(await end(jobs, 'f')).toMatchObject({
        status: 'succeeded',
        result: { merged: 'part-0,part-1,part-2' },
      })
      await jobs.submit('attribution', request, { id: 'after' })
      expect(await end(jobs, 'after')).toMatchObject({ status: 'succeeded' })
    })
  })
}
