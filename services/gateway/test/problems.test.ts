import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { errorCodes, errorKind, Problem, ProblemError, validate } from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gateway, minimal, multipart, tensor, told } from './app.ts'
import { startWorker, type TestWorker } from './worker.ts'

let worker: TestWorker
let app: ReturnType<typeof gateway>

beforeAll(async () => {
  worker = await startWorker()
  app = gateway(worker.url)
})
afterAll(async () => {
  await app.close()
  await worker.app.close()
})

const json = { 'content-type': 'application/json' }
const post = (payload: string | object, headers: Record<string, string> = json, url = '/v1/attributions') =>
  app.inject({
    method: 'POST',
    url,
    headers,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })

describe('bodies', () => {
  it.each<[string, string, Record<string, string>, string]>([
    ['malformed JSON', '{"model": ', json, '400 malformed-json'],
    ['NaN', '{"model": NaN}', json, '400 malformed-json'],
    ['no body', '', json, '400 malformed-json'],
    ['text', 'model=m', { 'content-type': 'text/plain' }, '415 unsupported-media-type'],
    [
      'a form',
      'model=m',
      { 'content-type': 'application/x-www-form-urlencoded' },
      '415 unsupported-media-type',
    ],
    ['no content type', '{}', { 'content-type': '' }, '415 unsupported-media-type'],
    ['a list', '[]', json, '422 validation-failed'],
    ['null', 'null', json, '422 validation-failed'],
    ['a body over the limit', `"${'x'.repeat(5000)}"`, json, '413 body-too-large'],
    ['multipart without boundary', 'x', { 'content-type': 'multipart/form-data' }, '400 malformed-multipart'],
    [
      'multipart cut off',
      '--b\r\ncontent-disp',
      { 'content-type': 'multipart/form-data; boundary=b' },
      '400 malformed-multipart',
    ],
    [
      'multipart that is empty',
      '--b--\r\n',
      { 'content-type': 'multipart/form-data; boundary=b' },
      '422 part-missing',
    ],
  ])('refuses %s', async (_, payload, headers, expected) => {
    expect(told(await post(payload, headers))).toBe(expected)
  })

  it('refuses bytes that are not UTF-8', async () => {
    const payload = Buffer.from([34, 255, 34])
    expect(told(await app.inject({ method: 'POST', url: '/v1/attributions', headers: json, payload }))).toBe(
      '400 malformed-json',
    )
  })

  it('says the limit of a JSON body', async () => {
    const response = await post(`"${'x'.repeat(5000)}"`)
    expect(response.json<Problem>().detail).toMatch(/^The body is over the limit of \d+ bytes\.$/)
  })

  it.each(['/v1/feature-visualizations', '/v1/models/m:predict', '/v1/models/m:explain'])(
    'refuses parts where no files are taken: %s',
    async (url) => {
      const { payload, headers } = multipart([['request', '{}']])
      const response = await app.inject({ method: 'POST', url, payload, headers })
      expect(told(response)).toBe('415 unsupported-media-type')
      expect(response.json<Problem>().detail).toBe(
        'Send the body as `application/json`; the route takes no files.',
      )
    },
  )

  it('says where JSON goes wrong', async () => {
    const response = await post('{"model": "m", "inputs": [,]}')
    expect(response.json<Problem>().detail).toContain("Unexpected token ','")
  })

  it('refuses multipart bodies over the limit, announced or not', async () => {
    const { payload, headers } = multipart([
      ['request', JSON.stringify(minimal)],
      ['image', Buffer.alloc(5000), 'a'],
    ])
    expect(told(await app.inject({ method: 'POST', url: '/v1/attributions', payload, headers }))).toBe(
      '413 body-too-large',
    )
    const chunked = { ...headers, 'transfer-encoding': 'chunked' }
    const stream = Readable.from([payload])
    expect(
      told(await app.inject({ method: 'POST', url: '/v1/attributions', payload: stream, headers: chunked })),
    ).toBe('413 body-too-large')
  })

  it('refuses malformed JSON in the part `request`', async () => {
    const { payload, headers } = multipart([['request', '{']])
    expect(told(await app.inject({ method: 'POST', url: '/v1/attributions', payload, headers }))).toBe(
      '400 malformed-json',
    )
  })
})

describe('requests', () => {
  const image = Buffer.alloc(65).toString('base64')
  it.each<[object, string]>([
    [{ modle: 'm' }, '422 validation-failed /modle'],
    [{ output: { heatmap: ['jpeg'] } }, '422 validation-failed /output/heatmap/0'],
    [{ model: '../m' }, '422 validation-failed /model'],
    [{ start_layer: 'conv1' }, '422 target-not-allowed /conditions/0/y'],
    [{ inputs: [{ image: { part: 'a' } }] }, '422 part-missing /inputs/0/image/part'],
    [{ inputs: [{ image: { base64: '*' } }] }, '422 image-not-supported /inputs/0/image/base64'],
    [{ inputs: [{ image: { base64: image } }] }, '413 image-too-large /inputs/0/image'],
    [{ inputs: [{ tensor: { ...tensor, data: [1] } }] }, '422 tensor-malformed /inputs/0/tensor/data'],
    [
      { inputs: [{ tensor: { ...tensor, data: [1, 1e300] } }] },
      '422 tensor-not-finite /inputs/0/tensor/data/1',
    ],
    [
      { inputs: [{ tensor: { ...tensor, shape: [0], data: [] } }] },
      '422 tensor-shape-mismatch /inputs/0/tensor/shape',
    ],
    [{ pairing: 'zip', conditions: [{ y: 1 }, { y: 2 }] }, '422 pairing-mismatch /pairing'],
    [{ conditions: [{}] }, '422 target-missing /conditions/0/y'],
    [{ conditions: Array(5).fill({ y: 1 }) }, '422 too-many-rows /conditions'],
  ])('refuses %j', async (change, expected) => {
    expect(told(await post({ ...minimal, ...change }))).toBe(expected)
    expect(told(await post({ ...minimal, ...change }, json, '/attributions'))).toBe(expected)
  })

  it('suggests what was meant', async () => {
    const { errors } = (await post({ ...minimal, composit: 'epsilon_plus' })).json<Problem>()
    expect(errors?.[0]?.suggestions).toEqual(['composite'])
  })

  it('refuses predictions in the same way', async () => {
    const predict = (payload: object) => post(payload, json, '/v1/models/m/predictions')
    expect(told(await predict({}))).toBe('422 validation-failed /inputs')
    expect(told(await predict({ inputs: [{ dataset: 'd' }] }))).toBe('422 validation-failed /inputs/0/index')
    expect(told(await predict({ inputs: Array(5).fill({ tensor }) }))).toBe('422 too-many-rows /inputs')
  })

  it('hands on every problem of the worker, under its own path and id', async () => {
    for (const code of errorCodes) {
      worker.behaviour.attribute = async () => {
        throw new ProblemError(code, 'because', {
          errors: [{ pointer: '/conditions/0', detail: 'here', suggestions: ['conv1'] }],
          details: { nodes: [1] },
        })
      }
      const response = await post(minimal)
      expect(told(response)).toBe(`${response.statusCode} ${code} /conditions/0`)
      expect(validate(Problem, response.json())).toMatchObject({
        instance: '/v1/attributions',
        details: { nodes: [1] },
      })
      expect(response.headers['retry-after']).toBe(errorKind(code).retryAfter?.toString())
    }
    delete worker.behaviour.attribute
  })

  it('keeps what went wrong inside to itself', async () => {
    worker.behaviour.attribute = async () => {
      throw new Error('secret')
    }
    const response = await post(minimal)
    expect(told(response)).toBe('500 internal')
    expect(response.body).not.toContain('secret')
    delete worker.behaviour.attribute
  })
})

describe('routes', () => {
  it.each([
    ['GET', '/nothing', '404 not-found'],
    ['GET', '/v3', '404 not-found'],
    ['POST', '/v1/models/m/nothing', '404 not-found'],
    ['GET', '/problems/nothing', '404 not-found'],
    ['GET', '/v1/models/-bad', '404 unknown-model'],
    ['DELETE', '/v1/models/..%2Fx', '404 unknown-model'],
    ['GET', `/v1/models/${'m'.repeat(200)}/layers`, '404 unknown-model'],
    ['GET', '/v1/models?limit=0', '422 validation-failed /querystring/limit'],
    ['GET', '/v1/models?limits=1', '422 validation-failed /querystring/limits'],
    ['GET', '/v1/models/%E0%A4%A', '400 malformed-request'],
    ['PUT', '/v1/attributions', '405 method-not-allowed'],
    ['GET', '/attributions', '405 method-not-allowed'],
    ['PATCH', '/v1/models/m', '405 method-not-allowed'],
    ['POST', '/healthz', '405 method-not-allowed'],
    ['TRACE', '/v1/models', '405 method-not-allowed'],
    ['QUERY', '/v1/models', '405 method-not-allowed'],
    ['QUERY', '/nothing', '400 malformed-request'],
  ] as const)('%s %s is %s', async (method, url, expected) => {
    expect(told(await app.inject({ method: method as 'GET', url }))).toBe(expected)
  })

  it('lists the allowed methods with a 405, whatever the body', async () => {
    const response = await app.inject({
      method: 'PUT',
      url: '/v1/models/m',
      payload: 'x',
      headers: { 'content-type': 'a/b' },
    })
    expect(told(response)).toBe('405 method-not-allowed')
    expect(response.headers.allow).toBe('GET, HEAD, DELETE')
  })

  it('has a page for every problem', async () => {
    const { problems } = (await app.inject('/problems')).json<{ problems: { code: string }[] }>()
    expect(problems.map(({ code }) => code)).toEqual(errorCodes)
    const page = await app.inject('/problems/unknown-layer')
    expect(page.json()).toMatchObject({ code: 'unknown-layer', status: 422 })
  })
})

describe('connections without a request', () => {
  it.each([
    ['garbage', 'nonsense\r\n\r\n', 400, 'malformed-request'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
  ])('answers %s with a problem document', async (_, bytes, status, code) => {
    if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    socket.write(bytes)
    await once(socket, 'close')
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    expect(validate(Problem, JSON.parse(answer.split('\r\n\r\n')[1]!))).toMatchObject({ code, status })
  })
})
