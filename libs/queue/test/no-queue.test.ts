import { describe, expect, it } from 'vitest'
import { freePort } from '../../../test/support/infra.ts'
import { openJobQueue, startJobWorker } from '../src/index.ts'
import { handlersWith } from './handlers.ts'

describe('without a queue', () => {
  it('every call says so in time', async () => {
    const queue = openJobQueue({ url: `redis://127.0.0.1:${await freePort()}`, timeoutMs: 200 })
    await expect(queue.get('a')).rejects.toMatchObject({ code: 'jobs-unavailable' })
    await expect(queue.list(1)).rejects.toMatchObject({ code: 'jobs-unavailable' })
    expect(await queue.ready()).toBe(false)
    await queue.close()
  })

  it('refuses schemes and handlers that it does not know', () => {
    expect(() => openJobQueue({ url: 'http://queue' })).toThrow('redis://')
    const handlers = handlersWith()
    const { attribution: _, ...jobs } = handlers.jobs
    const missing = { ...handlers, jobs: jobs as typeof handlers.jobs }
    expect(() => startJobWorker({ url: 'redis://127.0.0.1:1', handlers: missing })).toThrow('attribution')
  })
})
