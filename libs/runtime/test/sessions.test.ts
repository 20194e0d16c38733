import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { float32, harness, noise, x, y } from './models.ts'

const { double, folder, heavyStep, pair, save, start } = harness()

describe('sessions', () => {
  const step = (model: string) => ({ model, feeds: { x: float32([1], [1]) }, fetch: ['y'] })

  it('are evicted under a tiny budget, between the steps of a program too', async () => {
    const runtime = await start({ memoryBytes: 1 })
    const { outputs } = await runtime.execute([
      { ...step(double), keep: { y: 'kept' } },
      { model: pair, feeds: { x: { slot: 'kept' }, w: { slot: 'kept' } }, fetch: ['y'], keep: { s: 'sum' } },
      { model: double, feeds: { x: { slot: 'sum' } }, fetch: ['y'] },
    ])
    expect(outputs.map((output) => output['y']!.data[0])).toEqual([2, 4, 8])
    expect(runtime.status().children[0]!.held).toEqual([double])
  })

  it('that are least recently used go first', async () => {
    const count = 1 << 22
    const models = Array.from({ length: 6 }, (_, i) =>
      save(`large${i}`, {
        inputs: x([1]),
        outputs: y([count]),
        constants: { w: { dims: [count], data: noise(count, i + 1) } },
        nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
      }),
    )
    const runtime = await start({ memoryBytes: 80e6 })
    for (const model of models) {
      await runtime.describe(model)
      await runtime.describe(models[0]!)
    }
    const held = runtime.status().children[0]!.held
    expect(held).toContain(models[0])
    expect(held).toContain(models[5])
    expect(held).not.toContain(models[1])
  })

  it('of a path prefix are released in every child', async () => {
    const runtime = await start({ processes: 2 })
    await Promise.all([runtime.execute([heavyStep]), runtime.execute([step(double)])])
    await runtime.describe(pair)
    await runtime.evict(join(folder, 'heavy'))
    expect(
      runtime
        .status()
        .children.flatMap(({ held }) => held)
        .toSorted(),
    ).toEqual([double, pair])
    await runtime.evict(folder)
    expect(runtime.status().children.map(({ held }) => held)).toEqual([[], []])
  })

  it('map external weights instead of copying them', async () => {
    const size = 4096
    writeFileSync(join(folder, 'weights.bin'), noise(size * size, 1))
    const model = save('external', {
      inputs: x(['n', size]),
      outputs: y(['n', size]),
      constants: { w: { dims: [size, size], data: 'weights.bin' } },
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
    })
    const runtime = await start()
    await runtime.execute([step(double)])
    const before = runtime.status().children[0]!.memoryBytes
    const { outputs } = await runtime.execute([
      { model, feeds: { x: float32([2, size], noise(2 * size, 3)) }, fetch: ['y'] },
    ])
    expect(outputs[0]!['y']!.data.length).toBe(2 * size)
    expect(runtime.status().children[0]!.memoryBytes - before).toBeLessThan((size * size * 4) / 4)
  })
})
