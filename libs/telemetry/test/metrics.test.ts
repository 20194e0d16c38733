import { once } from 'node:events'
import { connect } from 'node:net'
import Fastify from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import {
  createRegistry,
  httpMetrics,
  inferenceMetrics,
  jobMetrics,
  processMetrics,
  type Registry,
} from '../src/index.ts'

/** The value of a metric with exactly these labels. */
async function value(registry: Registry, name: string, labels: Record<string, string | number>) {
  const { values } = (await registry.getMetricsAsJSON()).find((metric) => metric.name === name)!
  const wanted = JSON.stringify(Object.entries({ service: 's', ...labels }).sort())
  const found = (values as { labels: object; value: number; metricName?: string }[]).find(
    ({ labels: own }) => JSON.stringify(Object.entries(own).sort()) === wanted,
  )
  return found?.value
}

describe('httpMetrics', () => {
  async function app(registry: Registry) {
    const app = Fastify()
    app.register(httpMetrics, { registry })
    app.post('/things/:id', async () => 'done')
    app.get('/never', () => new Promise(() => undefined))
    await app.listen({ host: '127.0.0.1', port: 0 })
    return { app, port: (app.server.address() as { port: number }).port }
  }

  it('counts requests and bytes by the pattern of their route', async () => {
    const registry = createRegistry('s')
    const { app: running, port } = await app(registry)
    for (const id of ['a', 'b']) {
      await fetch(`http://127.0.0.1:${port}/things/${id}`, { method: 'POST', body: 'four' })
    }
    await fetch(`http://127.0.0.1:${port}/nowhere`)
    const route = { method: 'POST', route: '/things/:id' }
    await vi.waitFor(async () => {
      const text = await registry.metrics()
      expect(text).toMatch(/crp_http_request_duration_seconds_count\{[^}]*status="200"[^}]*\} 2/)
      expect(text).toMatch(
        /crp_http_request_duration_seconds_count\{[^}]*route="none"[^}]*status="404"[^}]*\} 1/,
      )
    })
    expect(await value(registry, 'crp_http_request_bytes_total', route)).toBe(8)
    expect(await value(registry, 'crp_http_response_bytes_total', route)).toBe(8)
    expect(await value(registry, 'crp_http_requests_in_flight', {})).toBe(0)
    await running.close()
  })

  it('counts a client that goes away', async () => {
    const registry = createRegistry('s')
    const { app: running, port } = await app(registry)
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /never HTTP/1.1\r\nhost: x\r\n\r\n')
    await vi.waitFor(async () => expect(await value(registry, 'crp_http_requests_in_flight', {})).toBe(1))
    socket.destroy()
    await vi.waitFor(async () => expect(await value(registry, 'crp_http_requests_in_flight', {})).toBe(0))
    expect(await registry.metrics()).toMatch(
      /crp_http_request_duration_seconds_count\{[^}]*status="499"[^}]*\} 1/,
    )
    await running.close()
  })
})

describe('inferenceMetrics', () => {
  const timings = { queue_ms: 2, compute_ms: 30, batch: 4, plan: { executions: 3 } }
  const of = { model: 'm', kind: 'attribution' }

  it('adds what the engine says of answered requests', async () => {
    const registry = createRegistry('s')
    const metrics = inferenceMetrics(registry)
    const answer = { results: [1, 2], timings }
    expect(await metrics.measure('attribution', 'm', async () => answer)).toBe(answer)
    await metrics.measure('attribution', 'm', async () => answer)
    expect(await value(registry, 'crp_inference_request_success', of)).toBe(2)
    expect(await value(registry, 'crp_inference_count', of)).toBe(4)
    expect(await value(registry, 'crp_inference_exec_count', of)).toBe(6)
    expect(await value(registry, 'crp_inference_queue_duration_us', of)).toBe(4000)
    expect(await value(registry, 'crp_inference_compute_infer_duration_us', of)).toBe(60_000)
    expect(await registry.metrics()).toMatch(/crp_inference_batch_size_sum\{[^}]*\} 8/)
  })

  it('counts failures by code, and keeps names of no model out of the labels', async () => {
    const registry = createRegistry('s')
    const metrics = inferenceMetrics(registry)
    for (const code of ['deadline-exceeded', 'unknown-model']) {
      const error = Object.assign(new Error(code), { code })
      await expect(metrics.measure('prediction', 'x', () => Promise.reject(error))).rejects.toBe(error)
    }
    const name = 'crp_inference_request_failure'
    const kind = 'prediction'
    expect(await value(registry, name, { kind, model: 'x', reason: 'deadline-exceeded' })).toBe(1)
    expect(await value(registry, name, { kind, model: '', reason: 'unknown-model' })).toBe(1)
    expect(await value(registry, 'crp_inference_pending_request_count', { kind })).toBe(0)
  })
})

describe('processMetrics', () => {
  it('reads the processes when it is asked', async () => {
    const registry = createRegistry('s')
    const runtime = [
      { state: 'busy', memoryBytes: 10, held: ['a', 'b'] },
      { state: 'free', memoryBytes: 5, held: [] },
    ]
    processMetrics(registry, () => ({ runtime, tools: [] }))
    const read = async (name: string, kind: string) => await value(registry, name, { kind })
    expect(await read('crp_engine_processes', 'runtime')).toBe(2)
    expect(await read('crp_engine_busy_processes', 'runtime')).toBe(1)
    expect(await read('crp_engine_sessions', 'runtime')).toBe(2)
    expect(await read('crp_engine_memory_bytes', 'runtime')).toBe(15)
    expect(await read('crp_engine_processes', 'tools')).toBe(0)
  })
})

describe('jobMetrics', () => {
  it('times work by kind and outcome', async () => {
    const registry = createRegistry('s')
    const metrics = jobMetrics(registry)
    expect(await metrics.measure('job', 'attribution', async () => 1)).toBe(1)
    const waiting = Object.assign(new Error(), { name: 'WaitingChildrenError' })
    const failed = Object.assign(new Error(), { code: 'unknown-model' })
    for (const error of [waiting, failed]) {
      await expect(metrics.measure('job', 'attribution', () => Promise.reject(error))).rejects.toBe(error)
    }
    const text = await registry.metrics()
    for (const outcome of ['succeeded', 'waiting', 'unknown-model']) {
      expect(text).toMatch(
        new RegExp(
          `crp_job_work_duration_seconds_count\\{[^}]*kind="attribution",outcome="${outcome}"[^}]*\\} 1`,
        ),
      )
    }
  })
})
