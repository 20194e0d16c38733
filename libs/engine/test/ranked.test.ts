import { readFileSync } from 'node:fs'
import { toProblem } from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fp32, numbers, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

const layer = 'features.12'
const sizes = [3, 80, 80]
const values = Float32Array.from({ length: 2 * 3 * 80 * 80 }, (_, i) => Math.sin(i * (i < 19200 ? 1 : 1.7)))
const inputs = [{ tensor: fp32([2, ...sizes], values) }]

let test: TestEngine
beforeAll(async () => {
  test = await startTestEngine()
  const demo = new URL('../../../examples/concept-world/model/concept-world.onnx', import.meta.url)
  await register(test.engine, readFileSync(demo), { name: 'demo' })
})
afterAll(() => test.close())

const explain = (request: Record<string, unknown>) =>
  test.engine.attribute(
    taskOf({ model: 'demo', inputs, output: { heatmap: ['tensor' as const] }, ...request } as never),
  )
const heatmap = ({ heatmap }: Awaited<ReturnType<typeof explain>>['results'][number]) =>
  numbers(heatmap!.tensor!).data

describe('ranked channels', () => {
  it('are rows of their own, the same bits as those of named channels', async () => {
    const ranked = await explain({
      conditions: [{ y: 'predicted' }, { y: 'predicted', [layer]: { top: 3 } }, { y: [3], [layer]: [5] }],
    })
    const recorded = await explain({
      conditions: [{ y: 'predicted' }],
      record: { [layer]: { relevance: false, concepts: 3 } },
    })
    expect(ranked.results.map(({ sample, condition }) => [sample, condition])).toEqual(
      [0, 1].flatMap((sample) => [0, 1, 1, 1, 2].map((condition) => [sample, condition])),
    )
    for (const sample of [0, 1]) {
      const rows = ranked.results.filter((row) => row.sample === sample)
      const { concepts } = recorded.results[sample]!.layers![layer]!
      expect(concepts).toHaveLength(3)
      expect(rows.map(({ concept }) => concept)).toEqual([
        undefined,
        ...concepts!.map((concept) => ({ layer, ...concept })),
        undefined,
      ])
      const named = await explain({
        inputs: [{ tensor: fp32([1, ...sizes], values.subarray(sample * 19200, (sample + 1) * 19200)) }],
        conditions: concepts!.map(({ index }) => ({ y: 'predicted', [layer]: [index] })),
      })
      expect(rows.slice(1, 4).map(heatmap)).toEqual(named.results.map(heatmap))
    }
    expect(heatmap(ranked.results[1]!)).not.toEqual(heatmap(ranked.results[2]!))
  })

  it('are ranked under the rest of their condition', async () => {
    const lower = 'features.8'
    const given = { y: [3], [layer]: [5] }
    const { results } = await explain({ conditions: [{ ...given, [lower]: { top: 2 } }] })
    const record = { [lower]: { relevance: false, concepts: 2 } }
    const recorded = await explain({ conditions: [given], record })
    const free = await explain({ conditions: [{ y: [3] }], record })
    const expected = recorded.results.flatMap(({ layers }) => layers![lower]!.concepts!)
    expect(results.map(({ concept }) => concept)).toEqual(
      expected.map((entry) => ({ layer: lower, ...entry })),
    )
    expect(expected).not.toEqual(free.results.flatMap(({ layers }) => layers![lower]!.concepts!))
  })

  it('are as many as the layer has at most, and go with pairs and attributors', async () => {
    const { results, timings } = await explain({
      conditions: [{ y: [3], [layer]: { top: 60 } }, { y: [1] }],
      pairing: 'zip',
      attributor: { name: 'input_x_gradient' },
    })
    const first = results.filter(({ sample }) => sample === 0)
    expect(new Set(first.map(({ concept }) => concept!.index)).size).toBe(first.length)
    expect(first.length).toBe(16)
    expect(results.at(-1)).toMatchObject({ sample: 1, condition: 1 })
    expect(timings.plan.executions).toBeGreaterThan(1)
  })

  it('point to the condition of the request where something is wrong', async () => {
    const problem = async (request: Record<string, unknown>) => {
      const error = await explain(request).then(
        () => undefined,
        (thrown) => toProblem(thrown),
      )
      return { code: error?.code, pointer: error?.errors?.[0]?.pointer }
    }
    const ranked = { y: [3], [layer]: { top: 2 } }
    expect(await problem({ conditions: [ranked, { y: [3], nowhere: { top: 2 } }] })).toEqual({
      code: 'unknown-layer',
      pointer: '/conditions/1/nowhere',
    })
    expect(await problem({ conditions: [ranked, { y: [99] }] })).toEqual({
      code: 'class-out-of-range',
      pointer: '/conditions/1/y/0',
    })
    const upwards = { y: [3], 'features.8': { top: 2 }, [layer]: [1] }
    expect(await problem({ conditions: [ranked, upwards] })).toEqual({
      code: 'layer-not-reachable',
      pointer: `/conditions/1/${layer}`,
    })
    expect(await problem({ conditions: [{ y: [3] }, ranked], attributor: { name: 'occlusion' } })).toEqual({
      code: 'attributor-invalid',
      pointer: `/conditions/1/${layer}`,
    })
  })
})
