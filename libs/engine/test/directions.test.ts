import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { toProblem } from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../../../test/support/compare.ts'
import { attributionCases, caseArray, goldensRoot, modelBytes } from '../../../test/support/goldens.ts'
import { fp32, numbers, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

let test: TestEngine
let input: ReturnType<typeof fp32>

beforeAll(async () => {
  test = await startTestEngine()
  const golden = attributionCases(['crpnet']).find(({ name }) => name === 'crp_multi_layer')!
  await register(test.engine, modelBytes(golden, 'ts'), { name: 'crpnet' })
  const { shape, data } = caseArray(golden, 'input.npy')
  input = fp32(shape, data)
})
afterAll(() => test.close())

const explain = async (request: Record<string, unknown>) => {
  const full = { model: 'crpnet', inputs: [{ tensor: input }], output: { heatmap: ['tensor' as const] } }
  return (await test.engine.attribute(taskOf({ ...full, ...request }))).results
}

/** A vector with reproducible weights of both signs. */
const vector = (size: number, seed: number) =>
  Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) * (seed + 1)))

/** Weights t for which the sum of t_j v_j is the part of c in the span of v, by least squares on two vectors. */
function projectedOnTwo(c: readonly number[], [v, w]: readonly [readonly number[], readonly number[]]) {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0)
  const [vv, vw, ww, vc, wc] = [dot(v, v), dot(v, w), dot(w, w), dot(v, c), dot(w, c)]
  const det = vv * ww - vw * vw
  const [s, t] = [(ww * vc - vw * wc) / det, (vv * wc - vw * vc) / det]
  return v.map((value, i) => s * value + t * w[i]!)
}

const stabilized = (a: number) => a + (a < 0 ? -1e-6 : 1e-6)

/** a * (W W+ R / stab(a)) at every position, in float64. */
function maskedByHand(
  relevance: { shape: readonly number[]; data: Float32Array },
  activation: { data: Float32Array },
  directions: readonly [readonly number[], readonly number[]],
) {
  const [channels, ...rest] = relevance.shape
  const positions = rest.reduce((a, b) => a * b, 1)
  const out = new Float32Array(relevance.data.length)
  for (let p = 0; p < positions; p++) {
    const at = (i: number) => i * positions + p
    const c = Array.from(
      { length: channels! },
      (_, i) => relevance.data[at(i)]! / stabilized(activation.data[at(i)]!),
    )
    projectedOnTwo(c, directions).forEach((value, i) => {
      out[at(i)] = activation.data[at(i)]! * value
    })
  }
  return out
}

const close = (actual: Parameters<typeof numbers>[0], expected: Parameters<typeof numbers>[0]) => {
  const { passed, message } = compareArrays(numbers(expected), numbers(actual), 2e-5)
  expect(passed, message).toBe(true)
}

describe('directions', () => {
  it.each(['features.5', 'features.3', 'classifier.0'])(
    'project the relevance at %s on their span',
    async (layer) => {
      const record = { [layer]: { relevance: true, activation: true } }
      const [whole] = await explain({ conditions: [{ y: [0], [layer]: [] }], record })
      const { relevance, activation } = whole!.layers![layer]!
      const [channels] = relevance!.shape
      const directions = [vector(channels!, 0), vector(channels!, 1)] as const
      const masked = maskedByHand(numbers(relevance!), numbers(activation!), directions)
      const [below] = await explain({
        conditions: [{}],
        start_layer: layer,
        init_relevance: fp32([1, ...relevance!.shape], masked),
      })
      const [row] = await explain({ conditions: [{ y: [0], [layer]: { directions } }], record })
      close(row!.heatmap!.tensor!, below!.heatmap!.tensor!)
      // What is recorded is the relevance before.
      expect(row!.layers![layer]!.relevance).toEqual(relevance)
    },
  )

  it('are exactly channels where each is one', async () => {
    const oneHot = (channel: number) => Array.from({ length: 12 }, (_, i) => (i === channel ? -2.5 : 0))
    const [directions, channels] = await explain({
      conditions: [
        { y: [0], 'features.5': { directions: [oneHot(3), oneHot(1)] } },
        { y: [0], 'features.5': [1, 3] },
      ],
    })
    expect(directions!.heatmap).toEqual(channels!.heatmap)
  })

  it('come back in the order of the request beside channels and neurons', async () => {
    const conditions = [
      { y: [0], 'features.5': { directions: [vector(12, 4)] } },
      { y: [0], 'features.5': [2] },
      { y: [0], 'features.5': { directions: [vector(12, 5), vector(12, 6), vector(12, 7)] } },
      { y: [0], 'features.5': { '2': [0, 1] } },
    ]
    const together = await explain({ conditions })
    for (const [i, condition] of conditions.entries()) {
      const [alone] = await explain({ conditions: [condition] })
      close(together[i]!.heatmap!.tensor!, alone!.heatmap!.tensor!)
    }
  })

  it('that cover the whole space keep all relevance', async () => {
    const all = Array.from({ length: 12 }, (_, i) =>
      vector(12, i).map((value, j) => (i === j ? value + 4 : value)),
    )
    const channels = Array.from({ length: 12 }, (_, i) => i)
    const [whole, every] = await explain({
      conditions: [
        { y: [0], 'features.5': { directions: all } },
        { y: [0], 'features.5': channels },
      ],
    })
    close(whole!.heatmap!.tensor!, every!.heatmap!.tensor!)
  })

  it('work with several layers and at a start layer', async () => {
    const lower = [vector(10, 2), vector(10, 3)] as const
    const [both] = await explain({
      conditions: [{ 'features.5': { directions: [vector(12, 1)] }, 'features.2': { directions: lower } }],
      start_layer: 'features.5',
      record: { 'features.2': { activation: true } },
    })
    const { relevance, activation } = both!.layers!['features.2']!
    const [below] = await explain({
      conditions: [{}],
      start_layer: 'features.2',
      init_relevance: fp32(
        [1, ...relevance!.shape],
        maskedByHand(numbers(relevance!), numbers(activation!), lower),
      ),
    })
    close(both!.heatmap!.tensor!, below!.heatmap!.tensor!)
  })

  it('on tokens run along the axis that channels run along', async () => {
    const models = readdirSync(join(goldensRoot(), 'models')).flatMap((f) =>
      f.endsWith('.json') ? [f.slice(0, -5)] : [],
    )
    const golden = attributionCases(models).find(({ name }) => name === 'arch_reshape_epsilon_plus')!
    await register(test.engine, modelBytes(golden, 'ts'), { name: 'tokens' })
    const { shape, data } = caseArray(golden, 'input.npy')
    const layers = await test.engine.models.layers('tokens', 'epsilon_plus')
    const { name, concepts } = layers.find(
      ({ output_shape: sizes, rule }) => sizes.length === 3 && rule === 'epsilon',
    )!
    const channels = Array.from({ length: concepts! }, (_, i) => i)
    const oneAndRest = [channels.map((i) => (i === 0 ? 1 : 0)), channels.map((i) => (i === 0 ? 0 : 1))]
    const results = await explain({
      model: 'tokens',
      inputs: [{ tensor: fp32([1, ...shape.slice(1)], data.slice(0, data.length / shape[0]!)) }],
      conditions: [
        { y: [0], [name]: { directions: oneAndRest } },
        { y: [0], [name]: [0] },
      ],
      exclude_parallel: false,
    })
    expect(results.every(({ trust }) => trust.finite)).toBe(true)
    expect(results[0]!.heatmap).not.toEqual(results[1]!.heatmap)
  })
})

describe('bad directions', () => {
  it.each([
    ['the wrong size', [[1, 2]], '/directions/0'],
    ['nothing but zeros', [vector(12, 0), vector(12, 0).map(() => 0)], '/directions/1'],
    ['more than there are channels', Array.from({ length: 13 }, (_, i) => vector(12, i)), '/directions'],
  ])('of %s are pointed to', async (_what, directions, place) => {
    const outcome = await explain({ conditions: [{ y: [0], 'features.5': { directions } }] }).catch(
      (e: unknown) => e,
    )
    const { code, status, errors } = toProblem(outcome)
    expect([code, status, errors![0]!.pointer]).toEqual([
      'direction-invalid',
      422,
      `/conditions/0/features.5${place}`,
    ])
  })
})

describe('regions', () => {
  const regions = async (list: readonly unknown[], heatmap: string[] = ['tensor']) =>
    (await explain({ conditions: [{ y: [0] }, { y: [] }], output: { heatmap, regions: list } }))!

  it('share the relevance out', async () => {
    const [, , height, width] = input.shape as [number, number, number, number]
    const half = width >> 1
    const mask = fp32(
      [height, width],
      Float32Array.from({ length: height * width }, (_, i) => i % 2),
    )
    const [row, nothing] = await regions([
      { box: [0, 0, width, height] },
      { box: [0, 0, half, height] },
      { box: [half, 0, width, height] },
      { mask },
    ])
    const { data } = numbers(row!.heatmap!.tensor!)
    const total = data.reduce((sum, value) => sum + value, 0)
    const sumWhere = (take: (i: number) => boolean) =>
      data.reduce((sum, value, i) => (take(i) ? sum + value : sum), 0) / total
    const [all, left, right, odd] = row!.region_relevance!
    expect(all).toBeCloseTo(1, 6)
    expect(left).toBeCloseTo(
      sumWhere((i) => i % width < half),
      5,
    )
    expect(left! + right!).toBeCloseTo(1, 6)
    expect(odd).toBeCloseTo(
      sumWhere((i) => i % 2 === 1),
      5,
    )
    expect(nothing!.region_relevance).toEqual([null, null, null, null])
  })

  it('need no heatmap in the answer', async () => {
    const [row] = await regions([{ box: [0, 0, 2, 2] }], [])
    expect(row).not.toHaveProperty('heatmap')
    expect(row!.region_relevance).toHaveLength(1)
  })

  it.each([
    ['an empty box', { box: [3, 0, 3, 2] }, '/output/regions/1/box'],
    ['a box that reaches out', { box: [0, 0, 1, 1000] }, '/output/regions/1/box'],
    ['a mask of another shape', { mask: fp32([1, 1], [1]) }, '/output/regions/1/mask/shape'],
  ])('point to %s', async (_what, region, pointer) => {
    const outcome = await regions([{ box: [0, 0, 1, 1] }, region]).catch((error: unknown) => error)
    const { code, status, errors } = toProblem(outcome)
    expect([code, status, errors![0]!.pointer]).toEqual(['region-invalid', 422, pointer])
  })
})
