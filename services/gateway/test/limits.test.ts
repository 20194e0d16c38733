import { type ErrorCode, errorKind, isErrorCode, PROBLEM_TYPE, schemaLimits } from '@crp-serve/contracts'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiDocument } from '../src/openapi/document.ts'
import { gateway, minimal, multipart, tensor, told } from './app.ts'
import { input, modelOfStand, sha256 } from './inference-stand.ts'
import { startWorker, type TestWorker } from './worker.ts'

/** An operation of the OpenAPI document, and the codes that it says it answers with. */
interface Operation {
  readonly id: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly bodies: readonly string[]
  readonly codes: ReadonlySet<string>
}

interface Described {
  readonly operationId: string
  readonly requestBody?: { readonly content: object }
  readonly responses: Readonly<Record<string, { content?: Record<string, { examples?: object }> }>>
}

function operationOf(path: string, method: string, { operationId, requestBody, responses }: Described) {
  const examples = Object.values(responses).map(({ content }) => content?.[PROBLEM_TYPE]?.examples ?? {})
  return {
    id: operationId,
    method: method.toUpperCase() as Operation['method'],
    url: path.replace('{version}', sha256).replace(/\{\w+\}/g, 'm'),
    bodies: Object.keys(requestBody?.content ?? {}),
    codes: new Set(examples.flatMap(Object.keys)),
  } satisfies Operation
}

const { paths } = (await openApiDocument()) as { paths: Record<string, Record<string, Described>> }
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => operationOf(path, method, described)),
)

/** Operations that say they answer with a code. */
const promising = (code: ErrorCode) =>
  operations
    .filter(({ codes }) => codes.has(code))
    .map(({ id }) => id)
    .sort()

/** Uploads go through as streams: the worker limits them. */
const uploads = ['createModel', 'createDataset', 'importFeatureVisualization']

const image = { base64: Buffer.alloc(65).toString('base64') }
const b64 = image.base64
const bytes = { ...input, datatype: 'BYTES', shape: [1], data: [b64] }
const many = Array(5).fill([1, 2])
const graph = { model: 'm', layer: 'a', concept: 0 }
const five = { ...input, shape: [5, 2], data: Array(10).fill(1) }
const conditions = (count: number) => Array(count).fill({ y: 1 })
const tooManyConditions = conditions(schemaLimits.conditions + 1)

/** A body that goes, and bodies beyond a limit, of every operation that computes. */
const bodies: Readonly<Record<string, { good: object } & Partial<Record<ErrorCode, object>>>> = {
  createPrediction: {
    good: { inputs: minimal.inputs },
    'image-too-large': { inputs: [{ image }] },
    'too-many-rows': { inputs: Array(5).fill({ tensor }) },
    'validation-failed': { inputs: Array(schemaLimits.inputs + 1).fill({ tensor }) },
  },
  createAttribution: {
    good: minimal,
    'image-too-large': { ...minimal, inputs: [{ image }] },
    'too-many-rows': { ...minimal, conditions: conditions(5) },
    'validation-failed': { ...minimal, conditions: tooManyConditions },
  },
  createAttributionGraph: {
    good: { ...graph, input: { tensor } },
    'image-too-large': { ...graph, input: { image } },
    'validation-failed': { ...graph, input: { tensor }, width: Array(schemaLimits.levels + 1).fill(1) },
  },
  kservePredict: {
    good: { instances: [[1, 2]] },
    'image-too-large': { instances: [{ b64 }] },
    'too-many-rows': { instances: many },
  },
  kserveExplain: {
    good: { instances: [[1, 2]] },
    'image-too-large': { instances: [{ b64 }] },
    'too-many-rows': { instances: many },
    'validation-failed': { instances: [[1, 2]], parameters: { conditions: tooManyConditions } },
  },
  infer: {
    good: { inputs: [input] },
    'image-too-large': { inputs: [bytes] },
    'too-many-rows': { inputs: [five] },
    'validation-failed': { inputs: [{ ...input, shape: Array(schemaLimits.tensorRank + 1).fill(1) }] },
  },
  explain: {
    good: { inputs: [input] },
    'image-too-large': { inputs: [bytes] },
    'too-many-rows': { inputs: [five] },
    'validation-failed': { inputs: [input], parameters: { conditions: tooManyConditions } },
  },
}
/** Queries of the operations that need one. */
const concept = { model: 'm', layer: 'a', concept: '0' }
const queries: Readonly<Record<string, Record<string, string>>> = {
  listReferences: concept,
  getReferenceGrid: concept,
  listStatistics: concept,
  getReferenceImage: { ...concept, rank: '0' },
}
const bodiesOf = (id: string) => bodies[id.replace(/OfVersion$/, '')]

let worker: TestWorker
let app: ReturnType<typeof gateway>
/** Whether the worker leaves requests without an answer. */
let silent = false

beforeAll(async () => {
  worker = await startWorker({
    models: (routes) => {
      routes.addHook('onRequest', async ({ url }) => {
        if (silent && url !== '/readyz') await new Promise(() => undefined)
      })
      routes.get('/v1/models/:model', async () => modelOfStand)
    },
  })
  app = gateway(worker.url)
})
afterAll(async () => {
  await app.close()
  await worker.app.close()
})

/** Status and code of the answer to an operation; the status alone where that is no problem. */
async function answerOf({ method, url }: Operation, options: InjectOptions = {}, on = app): Promise<string> {
  const response = await on.inject({ method, url, ...options })
  return response.statusCode < 400 ? String(response.statusCode) : told(response).split(' /')[0]!
}

const refusal = (code: ErrorCode) => `${errorKind(code).status} ${code}`

describe('a body over MAX_BODY_BYTES', () => {
  const limited = operations.filter(({ id, bodies }) => bodies.length > 0 && !uploads.includes(id))

  it.each(limited)('is refused by $id', async (operation) => {
    expect(operation.codes).toContain('body-too-large')
    for (const type of operation.bodies) {
      const payload = Buffer.alloc(4097, ' ')
      const contentType = type.startsWith('multipart/') ? multipart([]).headers['content-type'] : type
      const answer = await answerOf(operation, { headers: { 'content-type': contentType }, payload })
      expect(answer).toBe(refusal('body-too-large'))
    }
  })

  it('is refused where a data set is named in JSON', async () => {
    const operation = operations.find(({ id }) => id === 'createDataset')!
    const headers = { 'content-type': 'application/json' }
    const payload = Buffer.alloc(4097, ' ')
    expect(await answerOf(operation, { headers, payload })).toBe(refusal('body-too-large'))
  })
})

/** Operations whose limits the worker keeps: samples of data sets, the width of a graph, the size of a page, jobs. */
const byWorker = {
  'image-too-large': ['getDatasetItem', 'getJobResult'],
  'too-many-rows': ['createAttributionGraph', 'getJobResult', 'getReferenceGrid'],
}

describe.each(['image-too-large', 'too-many-rows', 'validation-failed'] as const)('%s', (code) => {
  const large = () => gateway(worker.url, { maxBodyBytes: 4 * 2 ** 20 })
  const limited = operations.filter(({ id }) => bodiesOf(id)?.[code] !== undefined)

  it.each(limited)('is the answer of $id', async (operation) => {
    expect(operation.codes).toContain(code)
    const on = large()
    expect(await answerOf(operation, { payload: bodiesOf(operation.id)![code]! }, on)).toBe(refusal(code))
    await on.close()
  })

  it('is promised by no other operation, but where the worker tells', () => {
    const tested = limited.map(({ id }) => id)
    if (code !== 'validation-failed') expect(promising(code)).toEqual([...tested, ...byWorker[code]].sort())
  })
})

describe('the time for an answer', () => {
  // Uploads and archives take what their size needs; for a feature visualization there has to be a queue.
  // The result of a job has the code that the job has failed with.
  const without = [...uploads, 'exportFeatureVisualization', 'createFeatureVisualization', 'getJobResult']
  const timed = operations.filter(({ id }) => !without.includes(id))

  it.each(timed)('is limited by $id where it asks the worker', async (operation) => {
    silent = true
    const good = bodiesOf(operation.id)?.good
    const payload = good === undefined ? {} : { payload: good }
    const query = queries[operation.id] ?? {}
    const headers = { 'request-timeout': '50ms' }
    const answer = await answerOf(operation, { headers, query, ...payload })
    silent = false
    const expected = operation.codes.has('deadline-exceeded')
    expect(answer === refusal('deadline-exceeded')).toBe(expected)
  })
})

describe('RATE_LIMIT_PER_MINUTE', () => {
  it('holds for every operation that says so, and for no other', async () => {
    const on = gateway(worker.url, { rateLimitPerMinute: 1 })
    await on.inject('/v1/models/m')
    for (const operation of operations) {
      // Uploads that are none are told so before they count.
      const form = uploads.includes(operation.id) ? multipart([]) : {}
      const answer = await answerOf(operation, form, on)
      expect(answer === refusal('rate-limited'), operation.id).toBe(operation.codes.has('rate-limited'))
    }
    await on.close()
  })
})

describe('every operation', () => {
  it('that computes takes turns, and says what it answers where there is no room', () => {
    const computing = promising('run-failed').filter((id) => id !== 'getJobResult')
    expect(computing.length).toBeGreaterThan(0)
    expect(promising('too-many-requests').filter((id) => id !== 'getJobResult')).toEqual(computing)
  })

  it('names codes of the table only', () => {
    for (const { codes } of operations) expect([...codes].filter((code) => !isErrorCode(code))).toEqual([])
  })
})
