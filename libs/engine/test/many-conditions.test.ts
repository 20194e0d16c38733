import { readFileSync } from 'node:fs'
import { GraphBuilder, writeModel } from '@crp-serve/onnx'
import type { PoolEvent } from '@crp-serve/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { descendants } from '../../../test/e2e/process-table.ts'
import { compareArrays } from '../../../test/support/compare.ts'
import { attributionCases, caseArray, modelBytes } from '../../../test/support/goldens.ts'
import { batchBytes } from '../src/attribution/cut.ts'
import { fp32, numbers, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

let test: TestEngine
const events: PoolEvent[] = []
beforeAll(async () => {
  test = await startTestEngine({ maxRows: 256 }, { onEvent: (event) => events.push(event) })
})
afterAll(() => test.close())

const most = 256

/** Two convolutions with 16 channels each, on inputs of any size. */
function wide(): Uint8Array {
  const b = new GraphBuilder()
  const weights = (dims: readonly number[]) =>
    b.floats(
      Float32Array.from({ length: dims.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(i)),
      dims,
    )
  const x = b.input('x', 'float32', ['N', 1, 'h', 'w'])
  const pads = { pads: [1, 1, 1, 1] }
  const first = b.op('Relu', [b.op('Conv', [x, weights([16, 1, 3, 3])], pads)])
  const second = b.op('Conv', [first, weights([16, 16, 3, 3])], pads)
  b.add({ op: 'Relu', inputs: [second], outputs: ['second'] })
  const mean = b.op('GlobalAveragePool', ['second'])
  b.output('y', b.op('Flatten', [mean]), 'float32', ['N', 16])
  const model = { irVersion: 8, producer: 'test', opsets: { '': 18 }, graph: b.build('wide'), metadata: {} }
  return writeModel(model)
}

const side = 192
const image = fp32(
  [1, 1, side, side],
  Float32Array.from({ length: side * side }, (_, i) => Math.abs(Math.sin(i + 1))),
)

/** Conditions on single neurons, so that every row has a mask of the layer's full size. */
const wideTask = (conditions: number) =>
  taskOf({
    model: 'wide',
    inputs: [{ tensor: image }] as never,
    conditions: Array.from({ length: conditions }, (_, i) => ({ y: [i % 4], second: { [i % 16]: [i] } })),
    composite: 'epsilon_plus',
    output: { heatmap: ['tensor'] },
  })

const engineProcesses = () =>
  descendants(process.pid).filter(({ command }) => command.includes('engine-child'))

/** Largest resident memory that the engine process has had, in bytes. */
function peakMemory(): number {
  const [engine] = engineProcesses()
  const status = readFileSync(`/proc/${engine!.pid}/status`, 'utf8')
  return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(status)![1])
}

describe(`${most} conditions`, () => {
  it('give each what it gives alone', async () => {
    const golden = attributionCases(['crpnet']).find(({ name }) => name === 'crp_multi_layer')!
    await register(test.engine, modelBytes(golden, 'ts'), { name: 'crpnet' })
    const { shape, data } = caseArray(golden, 'input.npy')
    const conditions = Array.from({ length: most }, (_, i) => ({
      y: [i % 6],
      ...(i % 3 === 0 ? {} : { 'features.5': [i % 12] }),
    }))
    const taskFor = (of: readonly object[]) =>
      taskOf({
        model: 'crpnet',
        inputs: [{ tensor: fp32(shape, data) }] as never,
        conditions: of as never,
        output: { heatmap: ['tensor'] },
      })
    const { results, timings } = await test.engine.attribute(taskFor(conditions))
    expect(results.map(({ condition }) => condition)).toEqual(conditions.map((_, i) => i))
    expect(timings.batch).toBeLessThanOrEqual(8)
    for (const i of [0, 1, 77, 128, 254, 255]) {
      const [alone] = (await test.engine.attribute(taskFor([conditions[i]!]))).results
      const { passed, message } = compareArrays(
        numbers(alone!.heatmap!.tensor!),
        numbers(results[i]!.heatmap!.tensor!),
        1e-6,
      )
      expect(passed, `${i}: ${message}`).toBe(true)
    }
  })

  let wholeMs = 0

  it('take no more memory than half of them', async () => {
    await register(test.engine, wide(), { name: 'wide' })
    await test.engine.attribute(wideTask(most / 2))
    const before = peakMemory()
    const began = performance.now()
    await test.engine.attribute(wideTask(most))
    wholeMs = performance.now() - began
    // The masks of the other half are 302 MB, which a process that is fed them holds twice. A batch may leave garbage.
    expect(peakMemory() - before).toBeLessThan(1.5 * batchBytes)
  })

  it('are given up between two pieces, in the same process', async () => {
    const [before] = engineProcesses()
    events.length = 0
    const controller = new AbortController()
    const began = performance.now()
    const cancelled = test.engine.attribute(wideTask(most), { signal: controller.signal })
    setTimeout(() => controller.abort(), wholeMs / 8)
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    // The process is free again long before the work would have been done.
    expect((await test.engine.attribute(wideTask(1))).results).toHaveLength(1)
    expect(performance.now() - began).toBeLessThan(wholeMs * 0.75)
    expect(engineProcesses()).toEqual([before])
    expect(events).toEqual([])
  })
})
