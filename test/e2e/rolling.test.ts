import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/infra.ts'
import { register } from './api.ts'
import { conceptWorld, imageInput } from './concept-world.ts'
import { type ServiceProcess, startService } from './service-process.ts'
import { ready } from './stack.ts'

/** A service that can be restarted in its place. */
interface Place {
  readonly name: 'gateway' | 'attribution'
  readonly origin: string
  readonly env: Readonly<Record<string, string>>
  process: ServiceProcess
}

const count = 2
/** Longer than clients and gateways take to see that a service is about to go. */
const drainDelayMs = '2500'

let dataDir: string
let gateways: Place[]
let workers: Place[]

const start = (name: Place['name'], port: number, env: Readonly<Record<string, string>>): Place => ({
  name,
  origin: `http://127.0.0.1:${port}`,
  env,
  process: startService(name, env),
})

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'crp-rolling-'))
  const common = { LOG_LEVEL: 'warn', HOST: '127.0.0.1', DATA_DIR: dataDir, DRAIN_DELAY_MS: drainDelayMs }
  const ports = await Promise.all(Array.from({ length: 2 * count }, () => freePort()))
  workers = ports
    .slice(0, count)
    .map((port) =>
      start('attribution', port, { ...common, ATTRIBUTION_PORT: String(port), ENGINE_THREADS: '1' }),
    )
  const urls = workers.map(({ origin }) => origin).join(',')
  gateways = ports
    .slice(count)
    .map((port) => start('gateway', port, { ...common, PORT: String(port), ATTRIBUTION_URL: urls }))
  for (const { origin, process } of [...workers, ...gateways]) await ready(origin, [process])
  await register(gateways[0]!.origin, conceptWorld.model(), { ...conceptWorld.metadata(), name: 'demo' })
})

afterAll(async () => {
  for (const { process } of [...gateways, ...workers]) await process.stop()
  await rm(dataDir, { recursive: true, force: true })
})

async function restart(place: Place): Promise<void> {
  await place.process.stop()
  place.process = startService(place.name, place.env)
  await ready(place.origin, [place.process])
}

const body = JSON.stringify({
  model: 'demo',
  inputs: [imageInput(conceptWorld.file('dataset/blue-dotted-disc/000.png'))],
  conditions: [{ y: 'predicted' }],
  output: { heatmap: ['tensor'] },
})

/** What a balancer does: it asks the gateways whether they are ready, and sends requests to those that are. */
function balancer() {
  const up = new Set(gateways)
  let isOver = false
  const watching = gateways.map(async (gateway) => {
    while (!isOver) {
      const answer = await fetch(`${gateway.origin}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(
        () => null,
      )
      await answer?.arrayBuffer()
      if (answer?.ok) up.add(gateway)
      else up.delete(gateway)
      await sleep(100)
    }
  })
  let turn = 0
  return {
    next: () => [...up][turn++ % up.size]!,
    async end() {
      isOver = true
      await Promise.all(watching)
    },
  }
}

describe('two gateways and two workers', () => {
  it('lose no request while one after the other is restarted', async () => {
    const outcomes = new Map<string, number>()
    const note = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    const balance = balancer()
    let isOver = false
    const hammering = Array.from({ length: 6 }, async () => {
      while (!isOver) {
        const { origin } = balance.next()
        const sent = fetch(`${origin}/v1/attributions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        })
        note(
          await sent.then(
            async (answer) => `${answer.status} ${answer.ok ? '' : await answer.text()}`,
            String,
          ),
        )
      }
    })
    await restart(gateways[0]!)
    await restart(workers[0]!)
    // A worker that is killed takes what it computes with it, and the other one does that again.
    workers[1]!.process.kill('SIGKILL')
    await workers[1]!.process.ended
    workers[1]!.process = startService('attribution', workers[1]!.env)
    await ready(workers[1]!.origin, [workers[1]!.process])
    isOver = true
    await Promise.all(hammering)
    await balance.end()
    expect([...outcomes.keys()]).toEqual(['200 '])
    expect(outcomes.get('200 ')).toBeGreaterThan(20)
  }, 240_000)
})
