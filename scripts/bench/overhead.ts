import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { attributionTask, type DecodedAttribution } from '@crp-serve/contracts'
import type { Engine } from '@crp-serve/engine'
import { startService } from '../start/child.ts'
import { image } from './cases.ts'
import { register, type Workplace } from './engine-side.ts'
import { inTurns, median } from './measure.ts'
import { smallNet } from './models.ts'

/** What HTTP adds to the engine alone for one kind of answer. */
export interface OverheadLine {
  readonly case: string
  readonly answer_mb: number
  readonly engine_ms: number
  readonly http_ms: number
  /** Median of the differences of pairs. */
  readonly added_ms: number
  /** The most that it may be: 10 ms up to 1 MB, above 8 ms a MB of JSON or 2 ms a MB of .npz. */
  readonly allowed_ms: number
}

interface Answer {
  readonly name: string
  readonly npz: boolean
  /** Rows of the answer, each with one heatmap of 0.2 MB. */
  readonly rows: number
  /** Adds the relevance of a layer to each row, 3.2 MB. */
  readonly record: boolean
  /** What the client accepts. */
  readonly coding: 'identity' | 'br'
}

/** The answers whose way is measured. */
export const answers: readonly Answer[] = [
  { name: 'HTTP, one heatmap as JSON', npz: false, rows: 1, record: false, coding: 'identity' },
  { name: 'HTTP, one heatmap as .npz', npz: true, rows: 1, record: false, coding: 'identity' },
  { name: 'HTTP, relevance of a layer as JSON', npz: false, rows: 4, record: true, coding: 'identity' },
  { name: 'HTTP, relevance of a layer as .npz', npz: true, rows: 4, record: true, coding: 'identity' },
  { name: 'HTTP, relevance of a layer as JSON in br', npz: false, rows: 4, record: true, coding: 'br' },
]

const model = 'small'
const rounds = 15

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

async function untilReady(origin: string): Promise<void> {
  for (;;) {
    const ready = await fetch(`${origin}/readyz`).catch(() => null)
    if (ready?.ok) return
    await sleep(50)
  }
}

/** Worker and gateway as `npm start` has them, over the models of a workplace. */
async function startHttp({ folder }: Workplace) {
  const [port, workerPort] = [await freePort(), await freePort()]
  const env = {
    DATA_DIR: folder,
    PORT: String(port),
    ATTRIBUTION_HOST: '127.0.0.1',
    ATTRIBUTION_PORT: String(workerPort),
    ATTRIBUTION_URL: `http://127.0.0.1:${workerPort}`,
    LOG_LEVEL: 'warn',
  }
  const start = (name: string) => startService(name, `services/${name}/src/server.ts`, env)
  const services = [start('attribution'), start('gateway')]
  await untilReady(env.ATTRIBUTION_URL)
  const origin = `http://127.0.0.1:${port}`
  await untilReady(origin)
  return {
    origin,
    async stop() {
      for (const service of services.reverse()) await service.stop()
    },
  }
}

const requestOf = ({ rows, record }: Answer, tensor: object) => ({
  model,
  inputs: [{ tensor }],
  conditions: Array.from({ length: rows }, (_, i) => ({ y: [i] })),
  ...(record ? { record: { conv: { relevance: true } } } : {}),
  output: { heatmap: ['tensor'], prediction: { top: 1, tensor: false } },
})

async function overHttp(origin: string, answer: Answer, round: number): Promise<number> {
  const { data, ...tensor } = image(round)
  const body = JSON.stringify(requestOf(answer, { ...tensor, base64: Buffer.from(data).toString('base64') }))
  const accept = answer.npz ? 'application/x-npz' : 'application/json'
  const headers = { 'content-type': 'application/json', accept, 'accept-encoding': answer.coding }
  const response = await fetch(`${origin}/v1/attributions`, { method: 'POST', headers, body })
  const { byteLength } = await response.arrayBuffer()
  if (!response.ok) throw new Error(`${answer.name}: ${response.status}`)
  return byteLength
}

async function measure(answer: Answer, engine: Engine, origin: string): Promise<OverheadLine> {
  let bytes = 0
  const times = await inTurns(
    [
      {
        name: 'engine',
        run: (round) => {
          const request = requestOf(answer, image(round)) as unknown as DecodedAttribution
          return engine.attribute(attributionTask(request))
        },
      },
      {
        name: 'http',
        run: async (round) => {
          bytes = await overHttp(origin, answer, 1000 + round)
        },
      },
    ],
    rounds,
  )
  const [alone, whole] = [times.get('engine')!, times.get('http')!]
  const megabytes = bytes / 1e6
  return {
    case: answer.name,
    answer_mb: megabytes,
    engine_ms: median(alone),
    http_ms: median(whole),
    added_ms: median(whole.map((time, i) => time - alone[i]!)),
    allowed_ms: Math.max(10, megabytes * (answer.npz ? 2 : 8)),
  }
}

/** What HTTP adds over the engine alone, both with an engine process of their own, in turns. */
export async function measureOverhead(engine: Engine, place: Workplace): Promise<OverheadLine[]> {
  await register(engine, model, smallNet(), place.folder)
  const http = await startHttp(place)
  try {
    const lines: OverheadLine[] = []
    for (const answer of answers) lines.push(await measure(answer, engine, http.origin))
    return lines
  } finally {
    await http.stop()
  }
}
