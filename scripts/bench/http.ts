import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { attributionTask, type DecodedAttribution } from '@crp-serve/contracts'
import { startEngine } from '@crp-serve/engine'
import { writeModelParts } from '@crp-serve/onnx'
import { httpClient, type LoadResult, underLoad } from './load.ts'
import { resnet50 } from './models.ts'
import { startBenchStack, startLoneGateway } from './stack.ts'

const path = new URL('../../docs/bench/load.json', import.meta.url)
const demoModel = new URL('../../examples/concept-world/model/concept-world.onnx', import.meta.url)
const concurrencies = [1, 8, 32] as const
const MiB = 2 ** 20

/** A model and the size of its images. */
const subjects = {
  demo: { side: 80, bytes: async () => [await readFile(demoModel)] },
  resnet50: { side: 224, bytes: async () => writeModelParts(resnet50()) },
} as const

type Subject = keyof typeof subjects

/** Requests that differ in their first pixels, so that nothing can be answered from a cache. */
function requestsOf(model: Subject) {
  const { side } = subjects[model]
  const shape = [1, 3, side, side]
  const values = new Float32Array(3 * side * side).map((_, i) => Math.sin(i * 12.9898))
  const base64 = Buffer.from(values.buffer).toString('base64')
  // Three floats are twelve bytes are sixteen characters.
  const head = (i: number) => Buffer.from(Float32Array.of(Math.sin(i), Math.cos(i), i / 1e6).buffer)
  const request = (tensor: object) => ({
    model,
    inputs: [{ tensor: { shape, datatype: 'FP32', ...tensor } }],
    conditions: [{ y: [3] }],
    output: { heatmap: ['png'], prediction: { top: 1 } },
  })
  return {
    body: (i: number) => JSON.stringify(request({ base64: head(i).toString('base64') + base64.slice(16) })),
    task(i: number) {
      const data = new Uint8Array(values.buffer.slice(0))
      data.set(head(i))
      return attributionTask(request({ data }) as unknown as DecodedAttribution)
    },
  }
}

async function upload(origin: string, model: Subject): Promise<void> {
  const form = new FormData()
  form.set('metadata', JSON.stringify({ name: model }))
  form.set('model', new Blob((await subjects[model].bytes()) as Buffer[]), `${model}.onnx`)
  const answer = await fetch(`${origin}/v1/models`, { method: 'POST', body: form })
  if (!answer.ok) throw new Error(await answer.text())
}

const batchOf = (answer: unknown): number => (answer as { timings: { batch: number } }).timings.batch

/** Loads of all sizes, the first requests aside. */
async function loads(seconds: number, send: (i: number) => Promise<number>): Promise<LoadResult[]> {
  await underLoad(32, seconds / 4, send)
  const results: LoadResult[] = []
  for (const concurrency of concurrencies) results.push(await underLoad(concurrency, seconds, send))
  return results
}

async function throughHttp(model: Subject, folder: string, seconds: number, env: Record<string, string>) {
  const stack = await startBenchStack(folder, env)
  const client = httpClient(stack.origin)
  const { body } = requestsOf(model)
  try {
    await upload(stack.origin, model)
    return await loads(seconds, async (i) => batchOf(await client.post('/v1/attributions', body(i))))
  } finally {
    await client.close()
    await stack.stop()
  }
}

/** The engine in this process, without HTTP: what cannot be exceeded. */
async function engineAlone(model: Subject, folder: string, seconds: number) {
  const engine = await startEngine({
    dataDir: folder,
    engineProcesses: 1,
    engineThreads: availableParallelism(),
    engineMemoryBytes: 2048 * MiB,
    engineRssLimit: 4096 * MiB,
    executionProvider: 'cpu',
    maxModelBytes: 2048 * MiB,
    maxImageBytes: 32 * MiB,
    maxImagePixels: 2 ** 26,
    maxRows: 256,
  })
  const { task } = requestsOf(model)
  try {
    const files = await engine.models.begin()
    await files.addModel(Readable.from((await subjects[model].bytes()).map((chunk) => Buffer.from(chunk))))
    await engine.models.register(files, { name: model })
    return await loads(seconds, async (i) => batchOf(await engine.attribute(task(i))))
  } finally {
    await engine.close()
  }
}

async function benchModel(model: Subject, seconds: number) {
  const folder = await mkdtemp(join(tmpdir(), 'crp-bench-http-'))
  try {
    const engine = await engineAlone(model, folder, seconds)
    const batched = await throughHttp(model, folder, seconds, {})
    const alone = await throughHttp(model, folder, seconds, { BATCH_MAX_ROWS: '1' })
    return { engine, batched, alone }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The gateway alone, on one core. */
async function benchGateway(seconds: number) {
  const gateway = await startLoneGateway()
  const client = httpClient(gateway.origin)
  try {
    const send = async () => {
      await client.get('/healthz')
      return 0
    }
    await underLoad(32, 2, send)
    return await underLoad(32, seconds, send)
  } finally {
    await client.close()
    await gateway.stop()
  }
}

/** Resident memory after a tenth of many requests, and after all of them. */
async function benchMemory(requests: number) {
  const folder = await mkdtemp(join(tmpdir(), 'crp-bench-http-'))
  const stack = await startBenchStack(folder, {})
  const client = httpClient(stack.origin)
  const inputs = [{ tensor: { shape: [1, 3, 80, 80], datatype: 'FP32', base64: '' } }]
  const { body } = requestsOf('demo')
  const { inputs: given } = JSON.parse(body(0)) as { inputs: typeof inputs }
  const prediction = JSON.stringify({ inputs: given })
  let sent = 0
  const run = (until: number) =>
    Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let i = sent++; i < until; i = sent++) {
          // Every fourth one is explained.
          if (i % 4 === 0) await client.post('/v1/attributions', body(i))
          else await client.post('/v1/models/demo/predictions', prediction)
        }
      }),
    )
  try {
    await upload(stack.origin, 'demo')
    await run(requests / 10)
    const early = stack.memory()
    await run(requests)
    return { requests, early_bytes: early, late_bytes: stack.memory() }
  } finally {
    await client.close()
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const phases: Readonly<Record<string, (amount: number) => Promise<unknown>>> = {
  demo: (seconds) => benchModel('demo', seconds),
  resnet50: (seconds) => benchModel('resnet50', seconds),
  gateway: benchGateway,
  memory: benchMemory,
}
const amounts: Readonly<Record<string, number>> = { demo: 6, resnet50: 12, gateway: 10, memory: 20_000 }

/** Everything that was measured so far, phase by phase. */
const readPhases = async (): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as Record<string, unknown>

/** Puts one phase into the report; those that stand there already stay. */
async function writePhase(name: string, result: unknown): Promise<void> {
  const machine = { cpu: cpus()[0]?.model ?? '', threads: availableParallelism(), node: process.version }
  const date = new Date().toISOString().slice(0, 10)
  await mkdir(new URL('.', path), { recursive: true })
  const report = { ...(await readPhases()), [name]: result, date, machine }
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`)
}

/** `npm run bench:http`, or some of its phases: `npm run bench:http -- demo gateway 5`. */
async function main(): Promise<void> {
  const words = process.argv.slice(2)
  const names = words.filter((word) => word in phases)
  const amount = Number(words.find((word) => /^\d+$/.test(word)))
  for (const name of names.length > 0 ? names : Object.keys(phases)) {
    const result = await phases[name]!(amount || amounts[name]!)
    process.stdout.write(`${name}: ${JSON.stringify(result, null, 2)}\n`)
    await writePhase(name, result)
  }
}

await main()
