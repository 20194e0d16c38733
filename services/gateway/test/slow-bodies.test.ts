import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { PROBLEM_TYPE } from '@crp-serve/contracts'
import { createLogger } from '@crp-serve/telemetry'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gateway, minimal, multipart } from './app.ts'
import { attributionAnswer, startWorker, type TestWorker } from './worker.ts'

/** Longest that a body may take in these tests, milliseconds. */
const LIMIT_MS = 300

let worker: TestWorker
let app: FastifyInstance
let port: number
/** Lines of the gateway's log that are warnings or worse. */
const warnings: string[] = []

beforeAll(async () => {
  worker = await startWorker({
    models: (routes) =>
      routes.post('/v1/models', async (request) => {
        let bytes = 0
        for await (const chunk of request.body as AsyncIterable<Uint8Array>) bytes += chunk.length
        return { bytes }
      }),
  })
  const write = (line: string) => void warnings.push(line)
  const logger = createLogger({ service: 'gateway', level: 'warn', destination: { write } })
  app = gateway(worker.url, { bodyTimeoutMs: LIMIT_MS, logger })
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
})
afterAll(async () => {
  await app.close()
  await worker.app.close()
})

const json = { 'content-type': 'application/json' }

/** The head of a request. */
const head = (path: string, headers: Readonly<Record<string, string | number>>): string =>
  [`POST ${path} HTTP/1.1`, 'host: gateway', ...Object.entries(headers).map((pair) => pair.join(': '))]
    .map((line) => `${line}\r\n`)
    .join('')
    .concat('\r\n')

/** Sends a piece at a time, until the other side hangs up. */
async function drip(socket: Socket, pieces: Iterable<string | Uint8Array>, everyMs: number): Promise<void> {
  for (const piece of pieces) {
    if (!socket.writable) return
    socket.write(piece)
    await setTimeout(everyMs)
  }
}

/** One byte after the other, without end. */
function* endless(byte = ' '): Generator<string> {
  for (;;) yield byte
}

/** Bytes as a body in chunks, one byte in each. */
function* chunked(): Generator<string> {
  for (const byte of endless()) yield `1\r\n${byte}\r\n`
}

/** What came back on a connection until it was closed, and how long that took. */
async function answerTo(request: string, body: Iterable<string>, everyMs = 20) {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const started = performance.now()
  let text = ''
  let failed: Error | undefined
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', (error) => {
    failed = error
  })
  const ended = once(socket, 'end')
  socket.write(request)
  const sent = drip(socket, body, everyMs)
  await ended
  const ms = performance.now() - started
  socket.destroy()
  await sent
  const [top = '', document = ''] = text.split('\r\n\r\n', 2)
  return { head: top.toLowerCase(), document, ms, failed }
}

const slow: readonly (readonly [what: string, request: string, body: () => Iterable<string>])[] = [
  ['JSON', head('/v1/attributions', { ...json, 'content-length': 1000 }), endless],
  ['JSON in chunks', head('/v1/attributions', { ...json, 'transfer-encoding': 'chunked' }), chunked],
  ['JSON that never begins', head('/v1/attributions', { ...json, 'content-length': 1000 }), () => []],
  [
    'multipart',
    head('/v1/attributions', { ...multipart([]).headers, 'content-length': 1000 }),
    () => endless('-'),
  ],
  [
    'a tensor of the Open Inference Protocol',
    head('/v2/models/m/infer', { 'content-type': 'application/octet-stream', 'content-length': 1000 }),
    endless,
  ],
  [
    'compressed JSON',
    head('/v1/attributions', { ...json, 'content-encoding': 'gzip', 'content-length': 1000 }),
    () => [],
  ],
  [
    'compressed multipart',
    head('/v1/attributions', {
      ...multipart([]).headers,
      'content-encoding': 'deflate',
      'content-length': 1000,
    }),
    () => [],
  ],
]

describe('a body that drips in', () => {
  it.each(slow)('is given up after the time for it: %s', async (_what, request, body) => {
    const answer = await answerTo(request, body())
    expect(answer.head).toMatch(/^http\/1\.1 408 /)
    expect(answer.head).toContain(`content-type: ${PROBLEM_TYPE}`)
    expect(answer.head).toContain('connection: close')
    expect(JSON.parse(answer.document)).toMatchObject({
      code: 'request-timeout',
      status: 408,
      detail: `The body was not complete after ${LIMIT_MS} ms.`,
    })
    expect(answer.failed).toBeUndefined()
    expect(answer.ms).toBeGreaterThanOrEqual(LIMIT_MS - 5)
    expect(answer.ms).toBeLessThan(LIMIT_MS + 2000)
    expect(warnings).toEqual([])
  })

  it('leaves nothing behind that anyone would have to look at', async () => {
    await setTimeout(100)
    expect(warnings).toEqual([])
  })

  it('may take longer where it is a model', async () => {
    const { headers, payload } = multipart([['model', 'onnx', 'm.onnx']])
    const request = head('/v1/models', { ...headers, 'content-length': payload.length, connection: 'close' })
    const pieces = [...payload].map((byte) => String.fromCharCode(byte))
    const everyMs = 10
    const answer = await answerTo(request, pieces, everyMs)
    expect(answer.ms).toBeGreaterThan(2 * LIMIT_MS)
    expect(answer.head).toMatch(/^http\/1\.1 200 /)
    expect(JSON.parse(answer.document)).toEqual({ bytes: payload.length })
  })
})

describe('a client of normal speed', () => {
  it('is not disturbed, however long the answer takes', async () => {
    worker.behaviour.attribute = async (task) => {
      await setTimeout(2 * LIMIT_MS)
      return attributionAnswer(task)
    }
    const body = JSON.stringify(minimal)
    const socket = connect({ host: '127.0.0.1', port }).setEncoding('utf8')
    // The second request comes on the same connection, when the time for the first body is long over.
    for (let round = 0; round < 2; round++) {
      socket.write(head('/v1/attributions', { ...json, 'content-length': body.length }))
      await drip(socket, [body.slice(0, 20), body.slice(20)], 20)
      const [text] = (await once(socket, 'data')) as [string]
      expect(text).toMatch(/^HTTP\/1\.1 200 /)
      expect(text.toLowerCase()).not.toContain('connection: close')
    }
    socket.destroy()
  })

  it('is answered while others drip', async () => {
    worker.behaviour.attribute = async (task) => attributionAnswer(task)
    const [, request, body] = slow[0]!
    const dripping = Promise.all(Array.from({ length: 20 }, () => answerTo(request, body())))
    const answer = await fetch(`http://127.0.0.1:${port}/v1/attributions`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify(minimal),
    })
    expect(answer.status).toBe(200)
    for (const { head } of await dripping) expect(head).toMatch(/^http\/1\.1 408 /)
  })
})
