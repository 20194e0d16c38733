import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { type BinaryTensor, toProblem } from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../../../test/support/compare.ts'
import { attributorCases, attributorRequest } from '../../../test/support/golden-attributors.ts'
import { readNumpy } from '../../../test/support/numpy.ts'
import { fp32, numbers, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

let test: TestEngine
beforeAll(async () => {
  test = await startTestEngine()
})
afterAll(() => test.close())

const stacked = (rows: readonly { shape: readonly number[]; data: Float32Array }[]) => ({
  shape: [rows.length, ...rows[0]!.shape],
  data: rows.flatMap(({ data }) => Array.from(data)),
})

describe('golden attributors through the engine', () => {
  const runs = attributorCases().flatMap((golden) =>
    Object.entries(golden.info.variants)
      .filter(([, { valid }]) => valid)
      .map(([variant, { file }]) => [golden.name, variant, golden, file] as const),
  )

  it.each(runs)('%s on %s', async (_name, variant, golden, file) => {
    const model = `${golden.info.model}.${variant}`
    const bytes = readFileSync(join(golden.folder, file))
    await register(test.engine, bytes, { name: model, output: { start: 'output' } })
    const { results } = await test.engine.attribute(taskOf(attributorRequest(golden, model, fp32) as never))
    const expected = (name: string) => readNumpy(join(golden.folder, 'expected', `${name}.npy`))
    const attribution = stacked(results.map((result) => numbers(result.input_relevance!)))
    const prediction = stacked(results.map((result) => numbers(result.prediction.tensor!)))
    const limit = golden.info.tolerance.rtol_of_max ?? 1e-4
    expect(compareArrays(expected('attribution'), attribution, limit)).toMatchObject({ passed: true })
    expect(compareArrays(expected('prediction'), prediction, limit)).toMatchObject({ passed: true })
  })
})

describe('attributors', () => {
  const demo = fileURLToPath(
    new URL('../../../examples/concept-world/model/concept-world.onnx', import.meta.url),
  )
  const sizes = [3, 80, 80]
  const size = 3 * 80 * 80
  const values = Float32Array.from({ length: 2 * size }, (_, i) => Math.sin(i) + (i < size ? 0.5 : -0.5))
  const rows = (from: number, to: number) => [
    { tensor: fp32([to - from, ...sizes], values.subarray(from * size, to * size)) },
  ]
  const both = rows(0, 2)
  const output = { heatmap: ['tensor'], per_channel: true, prediction: { top: 1 } }

  beforeAll(async () => {
    await register(test.engine, readFileSync(demo), { name: 'demo' })
  })

  const ask = (request: Record<string, unknown>) =>
    test.engine.attribute(
      taskOf({ model: 'demo', inputs: both, conditions: [{ y: 'predicted' }], output, ...request } as never),
    )
  const relevance = ({ input_relevance }: { input_relevance?: BinaryTensor }) =>
    Array.from(numbers(input_relevance!).data)
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

  it('integrate gradients to the difference of the score (completeness)', async () => {
    const conditions = [{ y: [2] }]
    const integrated = { name: 'integrated_gradients', n_iter: 64 }
    const request = { conditions, composite: 'gradient', init_relevance: 1 }
    const { results } = await ask({ ...request, attributor: integrated })
    const scores = async (inputs: unknown) => {
      const found = await ask({ conditions, inputs, composite: 'gradient' })
      return found.results.map(({ trust }) => trust.initial!)
    }
    const [baseline] = await scores([{ tensor: fp32([1, ...sizes], new Float32Array(size)) }])
    for (const [i, score] of (await scores(both)).entries()) {
      expect(sum(relevance(results[i]!))).toBeCloseTo(score - baseline!, 1)
    }
  })

  it('give a sample the same numbers alone and in company, for every seed', async () => {
    const attributor = { name: 'smooth_grad', n_iter: 5, seed: 3 }
    const together = await ask({ attributor })
    for (const i of [0, 1]) {
      const alone = await ask({ attributor, inputs: rows(i, i + 1) })
      const [expected, actual] = [together.results[i]!, alone.results[0]!].map(relevance)
      // Rounding may differ with the batch; the noise must not.
      expect(
        compareArrays({ shape: sizes, data: expected! }, { shape: sizes, data: actual! }, 1e-5),
      ).toMatchObject({ passed: true })
    }
    const other = await ask({ attributor: { ...attributor, seed: 4 } })
    expect(relevance(other.results[0]!)).not.toEqual(relevance(together.results[0]!))
  })

  it('multiply by the input, and leave prediction, layers and trust to the pass over the sample', async () => {
    const layer = (await test.engine.models.layers('demo', 'epsilon_plus')).find(({ op }) => op === 'Relu')!
    const recorded = { record: { [layer.name]: { relevance: true } } }
    const plain = await ask(recorded)
    for (const name of ['input_x_gradient', 'smooth_grad', 'integrated_gradients']) {
      const { results } = await ask({ ...recorded, attributor: { name, n_iter: 2 } as never })
      for (const [i, result] of results.entries()) {
        const own = plain.results[i]!
        expect(isDeepStrictEqual(result.layers, own.layers)).toBe(true)
        expect(result.prediction).toEqual(own.prediction)
        expect({ ...result.trust, warnings: [] }).toEqual({ ...own.trust, warnings: [] })
        expect(result.trust.warnings).toHaveLength(own.trust.warnings.length + 1)
      }
    }
    const { results } = await ask({ attributor: { name: 'input_x_gradient' } })
    const product = relevance(plain.results[1]!).map((r, i) => Math.fround(r * values[size + i]!))
    expect(relevance(results[1]!)).toEqual(product)
    const heatmap = numbers(results[1]!.heatmap!.tensor!)
    expect(heatmap.shape).toEqual([80, 80])
    expect(heatmap.data[5]).toBeCloseTo(product[5]! + product[6405]! + product[12805]!, 5)
  })

  it('explain the class that is predicted for the sample, whatever its modified copies are taken for', async () => {
    const attributor = { name: 'integrated_gradients', n_iter: 4 }
    const predicted = await ask({ attributor })
    const classes = predicted.results.map(({ prediction }) => prediction.top[0]!.index)
    const named = await ask({ attributor, conditions: classes.map((y) => ({ y: [y] })), pairing: 'zip' })
    expect(named.results.map(relevance)).toEqual(predicted.results.map(relevance))
  })

  it('mask concepts in every pass', async () => {
    const layers = await test.engine.models.layers('demo', 'epsilon_plus')
    const { name } = layers.filter(({ op }) => op === 'Conv').at(-1)!
    const attributor = { name: 'smooth_grad', n_iter: 3 }
    const conditions = [{ y: [1] }, { y: [1], [name]: [0] }, { y: [1], [name]: [] }]
    const { results } = await ask({ attributor, conditions })
    const [whole, part, nothing] = results.map(relevance)
    expect(part).not.toEqual(whole)
    expect(nothing!.every((value) => value === 0)).toBe(true)
  })

  it('score windows of the sample from any start', async () => {
    const layers = await test.engine.models.layers('demo', 'epsilon_plus')
    const { name: start_layer } = layers.filter(({ op }) => op === 'Conv').at(-1)!
    const attributor = { name: 'occlusion', window: [80, 80], stride: [80, 80] }
    const whole = await ask({ attributor, conditions: [{}], start_layer })
    const plain = await ask({ conditions: [{}], start_layer })
    for (const [i, { trust }] of plain.results.entries()) {
      // One window that takes the whole sample: its score is the start relevance itself.
      const scores = relevance(whole.results[i]!)
      expect(new Set(scores).size).toBe(1)
      expect(Math.abs(scores[0]! / trust.initial! - 1)).toBeLessThan(1e-5)
    }
  })

  it('share forward passes of a round, and stop when nobody waits any more', async () => {
    const { timings } = await ask({ attributor: { name: 'smooth_grad', n_iter: 17 }, inputs: rows(0, 1) })
    expect(timings.batch).toBe(8)
    const gone = new AbortController()
    const task = taskOf({
      model: 'demo',
      inputs: both,
      conditions: [{ y: [0] }],
      attributor: { name: 'occlusion', window: 1, stride: 1 },
    } as never)
    const answer = test.engine.attribute(task, { signal: gone.signal })
    setTimeout(() => gone.abort(), 500)
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' })
  })

  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'seed and noise',
      {
        attributor: {
          name: 'smooth_grad',
          n_iter: 2,
          seed: 1,
          noise: fp32([1, ...sizes], values.subarray(size)),
        },
      },
      'attributor-invalid',
      '/attributor/seed',
    ],
    [
      'noise of another shape',
      { attributor: { name: 'smooth_grad', n_iter: 3, noise: fp32([1, ...sizes], values.subarray(size)) } },
      'tensor-shape-mismatch',
      '/attributor/noise/shape',
    ],
    [
      'a baseline of another shape',
      { attributor: { name: 'integrated_gradients', baseline: fp32([2], [0, 1]) } },
      'tensor-shape-mismatch',
      '/attributor/baseline/shape',
    ],
    [
      'a window with more axes than the sample',
      { attributor: { name: 'occlusion', window: [1, 1, 1, 1] } },
      'attributor-invalid',
      '/attributor/window',
    ],
  ])('refuse %s', async (_what, request, code, pointer) => {
    const error = await ask(request).catch((thrown: unknown) => thrown)
    const problem = toProblem(error)
    expect(problem).toMatchObject({ code, status: 422 })
    expect(problem.errors?.map((issue) => issue.pointer)).toEqual([pointer])
  })

  it('refuse concepts where nothing goes backward', async () => {
    const layers = await test.engine.models.layers('demo', 'epsilon_plus')
    const { name } = layers.find(({ op }) => op === 'Conv')!
    const conditions = [{ y: [0] }, { y: [0], [name]: [1] }]
    const error = await ask({ attributor: { name: 'occlusion' }, conditions }).catch(
      (thrown: unknown) => thrown,
    )
    expect(toProblem(error)).toMatchObject({
      code: 'attributor-invalid',
      errors: [{ pointer: `/conditions/1/${name.replaceAll('/', '~1')}` }],
    })
  })
})
