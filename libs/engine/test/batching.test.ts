import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { EngineAttributionResponse, EnginePredictionResponse } from '@crp-serve/contracts'
import { GraphBuilder, writeModel } from '@crp-serve/onnx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { descendants } from '../../../test/e2e/process-table.ts'
import { attributionCases, modelBytes } from '../../../test/support/goldens.ts'
import { fp32, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

let test: TestEngine
beforeAll(async () => {
  test = await startTestEngine({ engineThreads: 2, batchMaxRows: 16 })
  await register(test.engine, goldenModel('crpnet'), { name: 'crpnet' })
  await register(test.engine, readFileSync(demoPath), { name: 'demo' })
  await register(test.engine, lookup(), { name: 'lookup', allow_unsupported: true })
})
afterAll(() => test.close())

const demoPath = new URL('../../../examples/concept-world/model/concept-world.onnx', import.meta.url)

const goldenModel = (name: string) => modelBytes(attributionCases([name])[0]!, 'ts')

/** Looks a value up at the place that its input names, so that one sample can make a run fail. */
function lookup(): Uint8Array {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', ['N', 2])
  const place = b.op('Cast', [x], { to: 7 })
  b.output('y', b.op('Gather', [b.floats([5, 6, 7], [3]), place]), 'float32', ['N', 2])
  return writeModel({
    irVersion: 8,
    producer: 'test',
    opsets: { '': 17 },
    graph: b.build('lookup'),
    metadata: {},
  })
}

/** Numbers between -1 and 1 that differ from seed to seed. */
const noise = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed))

const crpnet = { model: 'crpnet', shape: [3, 16, 16], classes: 6, layer: 'features.5', channels: 12 }
const demo = { model: 'demo', shape: [3, 80, 80], classes: 8, layer: 'features.12', channels: 16 }

type Net = typeof demo

/** What differs between the requests of one plan, and what makes another plan, by number. */
function mixedRequest({ model, shape, classes, layer, channels }: Net, i: number) {
  const y = i % 8 === 4 ? 'predicted' : i % 7 === 6 ? [] : [i % classes, (3 * i + 1) % classes]
  const masks = [
    {},
    { [layer]: [i % channels, (i + 3) % channels] },
    { [layer]: { [i % channels]: [i % 4, 2 + (i % 3)] } },
    { [layer]: { directions: [[...noise(channels, i)]] } },
    { [layer]: { directions: [[...noise(channels, i)], [...noise(channels, i + 1)]] } },
  ]
  const starts = [undefined, 2, fp32([1, classes], noise(classes, i)), 'absolute']
  return taskOf({
    model,
    inputs: [
      {
        tensor: fp32(
          [1, ...shape],
          noise(
            shape.reduce((a, b) => a * b),
            i,
          ),
        ),
      },
    ] as never,
    conditions: [{ y, ...masks[Math.floor(i / 4) % masks.length] }] as never,
    ...(starts[i % 4] === undefined ? {} : { init_relevance: starts[i % 4] as never }),
    record: { [layer]: { relevance: true, activation: true, concepts: channels } },
    output: { heatmap: ['tensor'], per_channel: true, prediction: { top: classes, tensor: true } },
  })
}

const engineProcess = () => descendants(process.pid).find(({ command }) => command.includes('engine-child'))!

/** Some work ahead, so that what comes now waits and is put together. */
const ahead = () => test.engine.attribute(mixedRequest(demo, 0))

const forward = (values: readonly number[], signal?: AbortSignal) =>
  test.engine.predict(
    'lookup',
    { inputs: [{ tensor: fp32([1, 2], values) }], prediction: { top: 2, tensor: true } },
    signal ? { signal } : {},
  )

describe('requests that are computed together', () => {
  it.each([
    ['crpnet', crpnet, 80],
    ['the demo model', demo, 40],
  ] as const)('answer to the bit what they answer alone: %s', async (_name, net, count) => {
    const tasks = Array.from({ length: count }, (_, i) => mixedRequest(net, i))
    const alone: EngineAttributionResponse[] = []
    for (const task of tasks) alone.push(await test.engine.attribute(task))
    const together = await Promise.all(tasks.map((task) => test.engine.attribute(task)))
    expect(alone.every(({ timings }) => timings.batch === 1)).toBe(true)
    expect(together.filter(({ timings }) => timings.batch > 1).length).toBeGreaterThan(count / 3)
    const different = together.flatMap(({ results }, i) =>
      isDeepStrictEqual(results, alone[i]!.results) ? [] : [i],
    )
    expect(different).toEqual([])
  })

  it('share predictions, too, to the bit', async () => {
    const inputs = Array.from({ length: 20 }, (_, i) => fp32([1, ...demo.shape], noise(3 * 80 * 80, i)))
    const ask = (tensor: (typeof inputs)[number]) =>
      test.engine.predict('demo', { inputs: [{ tensor }], prediction: { top: 8, tensor: true } })
    const alone: EnginePredictionResponse[] = []
    for (const tensor of inputs) alone.push(await ask(tensor))
    const together = await Promise.all(inputs.map(ask))
    expect(Math.max(...together.map(({ timings }) => timings.batch))).toBeGreaterThan(1)
    expect(together.map(({ results }) => results)).toEqual(alone.map(({ results }) => results))
  })

  it('tell what each of them cost, and how long it waited', async () => {
    const task = mixedRequest(demo, 0)
    const alone = (await test.engine.attribute(task)).timings
    const answers = await Promise.all(Array.from({ length: 12 }, () => test.engine.attribute(task)))
    for (const { timings } of answers) expect(timings.plan).toEqual(alone.plan)
    const batches = answers.map(({ timings }) => timings.batch)
    // As many members as the batch is large tell of it.
    for (const size of new Set(batches))
      expect(batches.filter((batch) => batch === size).length % size).toBe(0)
    const last = answers.at(-1)!.timings
    expect(last.queue_ms).toBeGreaterThan(alone.queue_ms)
  })

  it('lose no one but the one who left', async () => {
    const controller = new AbortController()
    const first = ahead()
    const others = Array.from({ length: 6 }, (_, i) => test.engine.attribute(mixedRequest(demo, 3 * i)))
    const gone = test.engine.attribute(mixedRequest(demo, 0), { signal: controller.signal })
    setImmediate(() => controller.abort())
    await expect(gone).rejects.toMatchObject({ code: 'cancelled' })
    await first
    expect((await Promise.all(others)).every(({ results }) => results.length === 1)).toBe(true)
  })

  it('fail alone', async () => {
    const first = ahead()
    const places = [
      [0, 1],
      [2, 1],
      [7, 0],
      [1, 1],
      [2, 2],
    ]
    const answers = await Promise.allSettled(places.map((place) => forward(place)))
    await first
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    expect((answers[2] as PromiseRejectedResult).reason).toMatchObject({ code: 'run-failed' })
    // A tensor that is none is refused before it joins anyone.
    await expect(forward([Number.NaN, 0])).rejects.toMatchObject({ code: 'tensor-not-finite' })
  })

  it('are computed again, each for itself, where the engine is killed under them', async () => {
    const { pid } = engineProcess()
    const tasks = Array.from({ length: 24 }, (_, i) => mixedRequest(demo, 12 * i))
    const expected: EngineAttributionResponse['results'][] = []
    for (const task of tasks) expected.push((await test.engine.attribute(task)).results)
    const answers = tasks.map((task) => test.engine.attribute(task))
    // The first of them runs alone; by the time it is answered the others run together.
    await answers[0]
    process.kill(pid, 'SIGKILL')
    const settled = await Promise.allSettled(answers)
    for (const [i, answer] of settled.entries()) {
      if (answer.status === 'fulfilled') expect(answer.value.results).toEqual(expected[i])
      else expect(answer.reason).toMatchObject({ code: 'engine-killed' })
    }
    // At most the one that ran alone is lost.
    expect(settled.filter(({ status }) => status === 'rejected').length).toBeLessThanOrEqual(1)
    expect(engineProcess().pid).not.toBe(pid)
  })
})
