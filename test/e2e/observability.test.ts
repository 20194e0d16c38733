import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { register } from './api.ts'
import { conceptWorld } from './concept-world.ts'
import { type Stack, startStack } from './stack.ts'

/** A span as the OTLP exporter writes it, with the name of its service. */
interface Span {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}

interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] }
    readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'service'>[] }[]
  }[]
}

const spans: Span[] = []

/** A collector that keeps the spans it is sent. */
const collector: Server = createServer(async (request, response) => {
  const { resourceSpans } = (await json(request)) as OtlpTraces
  for (const { resource, scopeSpans } of resourceSpans) {
    const service = resource.attributes.find(({ key }) => key === 'service.name')!.value.stringValue!
    for (const { spans: some } of scopeSpans) spans.push(...some.map((span) => ({ ...span, service })))
  }
  response.setHeader('content-type', 'application/json').end('{}')
})

let stack: Stack
beforeAll(async () => {
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const { port } = collector.address() as { port: number }
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    LOG_LEVEL: 'info',
  }
  stack = await startStack({ env })
  await register(stack.origin, conceptWorld.model(), { ...conceptWorld.metadata(), name: 'demo' })
})
afterAll(async () => {
  await stack.stop()
  collector.close()
})

const traceId = '0af7651916cd43dd8448eb211c80319c'
const callerSpan = 'b7ad6b7169203331'

const predict = (model: string, headers: Record<string, string> = {}) =>
  fetch(`${stack.origin}/v1/models/${model}/predictions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      inputs: [
        { tensor: { shape: [1, 3, 80, 80], datatype: 'FP32', data: new Array(3 * 80 * 80).fill(0.1) } },
      ],
    }),
  })

describe('a trace', () => {
  it('goes from the caller through the gateway and the worker to the engine', async () => {
    const answer = await predict('demo', { traceparent: `00-${traceId}-${callerSpan}-01` })
    expect(answer.status).toBe(200)
    const own = () => spans.filter((span) => span.traceId === traceId)
    await vi.waitFor(() => expect(own().some(({ name }) => name === 'engine compute')).toBe(true), 10_000)
    await vi.waitFor(
      () => expect(own().some(({ parentSpanId }) => parentSpanId === callerSpan)).toBe(true),
      10_000,
    )
    const byId = new Map(own().map((span) => [span.spanId, span]))
    const chain: string[] = []
    let span = own().find(({ name }) => name === 'engine compute')
    for (; span; span = byId.get(span.parentSpanId ?? '')) chain.push(span.service)
    expect([...new Set(chain)]).toEqual(['crp-serve-attribution', 'crp-serve-gateway'])
  })

  it('and its request id stand in the log lines of both services', async () => {
    const trace = traceId.replace('0af7', '1bf7')
    const headers = { 'x-request-id': 'find-me', traceparent: `00-${trace}-${callerSpan}-01` }
    await (await predict('demo', headers)).arrayBuffer()
    for (const service of [stack.gateway, stack.worker]) {
      await vi.waitFor(() => {
        const lines = service
          .output()
          .split('\n')
          .filter((line) => line.includes('"reqId":"find-me"'))
        expect(lines.length).toBeGreaterThan(0)
        expect(lines.filter((line) => line.includes(`"trace_id":"${trace}"`)).length).toBeGreaterThan(0)
      }, 5000)
    }
  })
})

describe('metrics', () => {
  const metricsOf = async (origin: string): Promise<string> => (await fetch(`${origin}/metrics`)).text()

  it('of the worker count work by model and outcome', async () => {
    await (await predict('demo')).arrayBuffer()
    expect((await predict('nobody')).status).toBe(404)
    const text = await metricsOf(stack.workerOrigin)
    expect(text).toMatch(
      /crp_inference_request_success\{model="demo",kind="prediction",service="attribution"\} [1-9]/,
    )
    expect(text).toMatch(
      /crp_inference_request_failure\{kind="prediction",model="",reason="unknown-model",service="attribution"\} 1/,
    )
    expect(text).not.toContain('nobody')
    expect(text).toMatch(/crp_engine_processes\{kind="runtime",service="attribution"\} [1-9]/)
    expect(text).toMatch(/crp_engine_sessions\{kind="runtime",service="attribution"\} [1-9]/)
  })

  it('of the gateway count requests by route and status', async () => {
    const answer = await fetch(`${stack.origin}/metrics`)
    expect(answer.headers.get('content-type')).toContain('text/plain')
    expect(await answer.text()).toMatch(
      /crp_http_request_duration_seconds_count\{[^}]*method="POST",route="\/v1\/models\/:model\/predictions",status="404"\} 1/,
    )
  })
})
