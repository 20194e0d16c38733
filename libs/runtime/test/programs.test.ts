import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../src/index.ts'
import { float32, harness, x, y } from './models.ts'

const { double, folder, heavy, pair, save, start } = harness()

describe('programs', () => {
  it('runs steps in order, hands kept outputs on, returns only what is fetched', async () => {
    const runtime = await start()
    const result = await runtime.execute([
      { model: double, feeds: { x: float32([3], [1, 2, 3]) }, fetch: [], keep: { y: 'twice' } },
      {
        model: pair,
        feeds: { x: { slot: 'twice' }, w: float32([3], [10, 20, 30]) },
        fetch: ['s'],
        keep: { y: 'twice' },
      },
      { model: double, feeds: { x: { slot: 'twice' } }, fetch: ['y'] },
    ])
    expect(result.outputs).toEqual([
      {},
      { s: float32([3], [12, 24, 36]) },
      { y: float32([3], [40, 160, 360]) },
    ])
    expect(result.computeMs).toBeGreaterThan(0)
    expect(result.loadMs).toBeGreaterThan(0)
    expect(result.queueMs).toBeGreaterThanOrEqual(0)
    expect((await runtime.execute([])).outputs).toEqual([])
  })

  it.each([
    ['int64', 7, BigInt64Array.of(2n ** 60n, -1n)],
    ['int32', 6, Int32Array.of(2 ** 30, -1)],
    ['uint8', 2, Uint8Array.of(0, 255)],
    ['bool', 9, Uint8Array.of(1, 0)],
    ['float64', 11, Float64Array.of(Math.PI, -0)],
  ] as const)('carries %s', async (type, number, data) => {
    const values = {
      inputs: [{ name: 'x', dims: ['n'], type: number }],
      outputs: [{ name: 'y', dims: ['n'], type: number }],
    }
    const model = save(type, { ...values, nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }] })
    const runtime = await start()
    const tensor: Tensor = { type, dims: [2], data }
    const { outputs } = await runtime.execute([{ model, feeds: { x: tensor }, fetch: ['y'] }])
    expect(outputs).toEqual([{ y: tensor }])
  })

  it('describes a model', async () => {
    const runtime = await start()
    expect(await runtime.describe(heavy)).toEqual({
      inputs: [{ name: 'x', type: 'float32', dims: [1] }],
      outputs: [{ name: 'y', type: 'float32', dims: [1024, 1024] }],
    })
    expect((await runtime.describe(double)).inputs).toEqual([{ name: 'x', type: 'float32', dims: ['n'] }])
  })
})

describe('errors', () => {
  it('names what is wrong, and the child lives on', async () => {
    const runtime = await start()
    const pid = runtime.status().children[0]!.pid
    const one = float32([1], [1])
    const broken = join(folder, 'broken.onnx')
    writeFileSync(broken, 'not a model')
    const fixed = save('fixed', {
      inputs: x([2]),
      outputs: y([2]),
      nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
    })
    const strange = save('strange', {
      inputs: x([2]),
      outputs: y([2]),
      nodes: [{ op: 'Nonsense', inputs: ['x'], outputs: ['y'] }],
    })
    const run = (model: string, feeds: Record<string, Tensor | { slot: string }>, fetch = ['y'], keep = {}) =>
      expect(runtime.execute([{ model, feeds, fetch, keep }])).rejects
    await run(pair, { x: one, v: one }).toMatchObject({
      code: 'feed-mismatch',
      message: 'The model takes x, w; it was fed without w and with the unknown v.',
      details: { model: pair, missing: ['w'], unknown: ['v'] },
    })
    await run(double, { x: { ...one, dims: [5] } }).toMatchObject({ code: 'feed-mismatch' })
    await run(double, { x: { slot: 'none' } }).toMatchObject({
      code: 'unknown-slot',
      details: { slot: 'none' },
    })
    await run(double, { x: one }, ['z']).toMatchObject({
      code: 'unknown-output',
      details: { unknown: ['z'] },
    })
    await run(double, { x: one }, [], { z: 'slot' }).toMatchObject({ code: 'unknown-output' })
    await run(fixed, { x: one }).toMatchObject({
      code: 'run-failed',
      message: expect.stringContaining('Got: 1 Expected: 2'),
    })
    await run(double, { x: { type: 'int32', dims: [1], data: Int32Array.of(1) } }).toMatchObject({
      code: 'run-failed',
    })
    await run(broken, {}).toMatchObject({ code: 'model-load-failed', details: { model: broken } })
    await run(strange, {}).toMatchObject({
      code: 'model-load-failed',
      message: expect.stringContaining('Nonsense'),
    })
    await run(join(folder, 'absent.onnx'), {}).toMatchObject({ code: 'model-load-failed' })
    await run('double.onnx', {}).toMatchObject({
      code: 'model-load-failed',
      message: expect.stringContaining('absolute'),
    })
    expect(runtime.status().children[0]!.pid).toBe(pid)
  })
})
