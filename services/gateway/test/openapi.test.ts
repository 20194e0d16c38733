import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generated } from '../../../openapi/client/scripts/generated.ts'
import { createClient, type Schemas } from '../../../openapi/client/src/index.ts'
import { openApiDocument } from '../src/openapi/document.ts'
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

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly responses: Readonly<Record<string, { readonly links?: Readonly<Record<string, Link>> }>>
}
interface Link {
  readonly operationId: string
  readonly parameters: Readonly<Record<string, string>>
}

describe('links', () => {
  it('lead from every new job to operations that take its id', async () => {
    const { paths } = (await openApiDocument()) as { paths: Record<string, Record<string, Operation>> }
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
    const linked = operations.filter(({ responses }) => responses['202'] !== undefined)
    expect(linked).toHaveLength(3)
    for (const { operationId, responses } of linked) {
      const links = Object.values(responses['202']!.links ?? {})
      const targets = links.map((link) => link.operationId)
      expect(targets, operationId).toEqual(expect.arrayContaining(['getJob', 'watchJob', 'cancelJob']))
      for (const link of links) {
        const target = operations.find((one) => one.operationId === link.operationId)
        const taken = target?.parameters?.filter((one) => one.in === 'path').map(({ name }) => name)
        expect(taken, link.operationId).toEqual(Object.keys(link.parameters))
      }
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
