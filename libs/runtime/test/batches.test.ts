import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Runtime, type Tensor, writeFolderOptions } from '../src/index.ts'
import { float32, harness, noise, x, y } from './models.ts'

const { folder: root, save, start } = harness()

describe('results and the batch', () => {
  /** Largest distance of the first rows of `a` and `b`, relative to the largest value. */
  function distance(a: Tensor, b: Tensor, length: number): number {
    const [p, q] = [a.data as Float32Array, b.data as Float32Array]
    let [far, largest] = [0, 0]
    for (let i = 0; i < length; i++) {
      far = Math.max(far, Math.abs(p[i]! - q[i]!))
      largest = Math.max(largest, Math.abs(p[i]!))
    }
    return far / largest
  }

  async function batches(runtime: Runtime, model: string, row: number[], sizes: number[]): Promise<Tensor[]> {
    const length = row.reduce((a, b) => a * b, 1)
    const steps = sizes.map((n) => ({
      model,
      feeds: { x: float32([n, ...row], noise(n * length, 2)) },
      fetch: ['y'],
    }))
    return (await runtime.execute(steps)).outputs.map((output) => output['y']!)
  }

  it('a convolution is bit-equal in every batch', async () => {
    const model = save('conv', {
      inputs: x(['n', 16, 33, 33]),
      outputs: y(['n', 24, 33, 33]),
      constants: { w: { dims: [24, 16, 3, 3], data: noise(24 * 16 * 9, 5) } },
      nodes: [{ op: 'Conv', inputs: ['x', 'w'], outputs: ['y'], ints: { pads: [1, 1, 1, 1] } }],
    })
    const [single, ...rest] = await batches(await start(), model, [16, 33, 33], [1, 2, 3, 8])
    for (const batch of rest) expect(distance(single!, batch, single!.data.length)).toBe(0)
  })

  /** Rows of 2048 times a matrix, in a folder of its own. */
  function matrixModel(op: string, folder: string): string {
    mkdirSync(join(root, folder), { recursive: true })
    return save(join(folder, op), {
      inputs: x(['n', 2048]),
      outputs: y(['n', 1000]),
      constants: { w: { dims: [2048, 1000], data: noise(2048 * 1000, 7) } },
      nodes: [{ op, inputs: ['x', 'w'], outputs: ['y'] }],
    })
  }

  it.each(['Gemm', 'MatMul'])(
    'a %s is bit-equal from two rows on; one row alone differs by rounding',
    async (op) => {
      const model = matrixModel(op, 'plain')
      const [single, two, ...rest] = await batches(await start(), model, [2048], [1, 2, 3, 8, 33])
      for (const batch of rest) expect(distance(two!, batch, 2000)).toBe(0)
      expect(distance(single!, two!, 1000)).toBeLessThan(1e-5)
    },
  )

  it.each(['Gemm', 'MatMul'])(
    'a %s by a packed matrix is bit-equal in every batch, on many threads',
    async (op) => {
      const model = matrixModel(op, 'packed')
      await writeFolderOptions(dirname(model), { packsMatrices: true })
      const runtime = await start({ threads: 16 })
      const [single, ...rest] = await batches(runtime, model, [2048], [1, 2, 3, 8, 33, 1200])
      for (const batch of rest) expect(distance(single!, batch, 1000)).toBe(0)
    },
  )

  it('a model whose folder has damaged options is not loaded', async () => {
    const model = matrixModel('MatMul', 'damaged')
    writeFileSync(join(dirname(model), 'session.json'), '{}')
    const loading = (await start()).describe(model)
    await expect(loading).rejects.toMatchObject({
      code: 'model-load-failed',
      message: expect.stringContaining('session.json is damaged'),
    })
  })
})
