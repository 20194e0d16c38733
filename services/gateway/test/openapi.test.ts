import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generated } from '../../../openapi/client/scripts/generated.ts'
import { createClient, type Schemas } from '../../../openapi/client/src/index.ts'
import { gateway, minimal } from './app.ts'
import { startWorker, type TestWorker } from './worker.ts'

describe('generated files', () => {
  it('are what the code generates (else run `npm run openapi`)', async () => {
    for (const [path, content] of await generated()) {
      const committed = existsSync(path) ? readFileSync(path, 'utf8') : ''
      expect(committed === content, `${basename(path)} differs from what the code generates`).toBe(true)
    }
  })
})

describe('client', () => {
  let worker: TestWorker
  let app: ReturnType<typeof gateway>
  let origin: string

  beforeAll(async () => {
    worker = await startWorker()
    app = gateway(worker.url)
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    await app.close()
    await worker.app.close()
  })

  it('speaks to the gateway with the types of the contracts', async () => {
    const client = createClient({ baseUrl: origin })
    const body: Schemas['AttributionRequest'] = {
      ...minimal,
      inputs: [{ tensor: { shape: [1], datatype: 'FP32', data: [1] } }],
    }
    const { data } = await client.POST('/v1/attributions', { body })
    const { results } = data as Schemas['AttributionResponse']
    expect(results[0]?.trust.ratio).toBe(0.99)
    const { error } = await client.POST('/v1/attributions', { body: { ...body, conditions: [] } })
    expect(error?.code).toBe('validation-failed')
  })
})
