import { constants, type Model, readModel, writeModel } from '@crp-serve/onnx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../../../test/support/compare.ts'
import { attributionCases, caseArray, type GoldenCase, modelBytes } from '../../../test/support/goldens.ts'
import { fp32, numbers, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

/** One case of each model: its inputs and layers are used, not its numbers. */
const models: Readonly<Record<string, string>> = {
  vgg: 'arch_vgg_epsilon_plus_flat',
  vggbn: 'arch_vggbn_epsilon_plus',
  resbasic: 'arch_resbasic_epsilon_plus_flat',
  conv1d: 'arch_conv1d_epsilon_plus_flat',
  mlp: 'arch_mlp_epsilon_plus',
  reshape: 'arch_reshape_epsilon_plus',
}
const cases = attributionCases(Object.keys(models)).filter(({ name }) => Object.values(models).includes(name))
const composites = ['epsilon_plus_flat', 'epsilon_alpha2_beta1', 'gradient'] as const

let test: TestEngine
beforeAll(async () => {
  test = await startTestEngine({ engineThreads: 2 })
  for (const golden of cases)
    for (const variant of ['ts', 'dyn'])
      await register(test.engine, modelBytes(golden, variant), { name: `${golden.info.model}.${variant}` })
})
afterAll(() => test.close())

interface Samples {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/** Six samples: those of the case, and the same turned around. */
function samplesOf(golden: GoldenCase): Samples {
  const { shape, data } = caseArray(golden, 'input.npy')
  const values = Array.from(data)
  const three = values.slice(0, (values.length / shape[0]!) * Math.min(3, shape[0]!))
  const several = [...three, ...three.map((value) => -0.7 * value)]
  return { shape: [several.length / (values.length / shape[0]!), ...shape.slice(1)], data: several }
}

function picked({ shape, data }: Samples, indices: readonly number[]): Samples {
  const values = Array.from(data)
  const size = values.length / shape[0]!
  const rows = indices.flatMap((i) => values.slice(i * size, (i + 1) * size))
  return { shape: [indices.length, ...shape.slice(1)], data: rows }
}

/** Heatmap, relevance at the input and prediction of each sample for its own class. */
async function explained(
  model: string,
  { shape, data }: Samples,
  targets: readonly number[],
  composite: unknown,
) {
  const { results } = await test.engine.attribute(
    taskOf({
      model,
      inputs: [{ tensor: fp32(shape, data) }],
      conditions: targets.map((y) => ({ y: [y] })),
      pairing: 'zip',
      composite,
      output: { heatmap: ['tensor'], per_channel: true, prediction: { top: 1, tensor: true } },
    } as never),
  )
  return results.map(({ heatmap, input_relevance, prediction, trust }) => ({
    arrays: [heatmap!.tensor!, input_relevance!, prediction.tensor!].map(numbers),
    trust,
  }))
}

/** Which of the rows differ in a bit. */
const differing = (
  a: Awaited<ReturnType<typeof explained>>,
  b: Awaited<ReturnType<typeof explained>>,
): number[] =>
  [...a.keys()].filter((row) =>
    a[row]!.arrays.some(({ data }, k) => data.some((v, i) => v !== b[row]!.arrays[k]!.data[i])),
  )

const classOf = (i: number): number => i % 3

describe.each(cases.map((golden) => [golden.info.model, golden] as const))('%s', (model, golden) => {
  const samples = samplesOf(golden)
  const all = Array.from({ length: samples.shape[0]! }, (_, i) => i)

  it.each(composites)('gives each sample the same bits in every batch and order: %s', async (composite) => {
    const together = await explained(`${model}.ts`, samples, all.map(classOf), composite)
    const alone = await Promise.all(
      all.map(async (i) => {
        const [row] = await explained(`${model}.ts`, picked(samples, [i]), [classOf(i)], composite)
        return row!
      }),
    )
    expect(differing(together, alone)).toEqual([])
    const order = [...all].reverse()
    const turned = await explained(`${model}.ts`, picked(samples, order), order.map(classOf), composite)
    expect(differing(together, [...turned].reverse())).toEqual([])
  })

  it('gives the same for the files of both exporters', async () => {
    const [ts, dynamo] = await Promise.all(
      ['ts', 'dyn'].map((variant) =>
        explained(`${model}.${variant}`, samples, all.map(classOf), 'epsilon_plus_flat'),
      ),
    )
    for (const [i, row] of ts!.entries())
      for (const [k, expected] of row.arrays.entries())
        expect(compareArrays(expected, dynamo![i]!.arrays[k]!, 1e-5).message).toMatch(
          /^error [\d.]+e-([6-9]|\d\d) |^error 0/,
        )
  })
})

/** The model with zeros in the place of every bias. */
function withoutBiases(model: Model): Model {
  const { graph } = model
  const biases = new Set(
    graph.nodes.flatMap(({ op, inputs }) =>
      ['Conv', 'ConvTranspose', 'Gemm'].includes(op) ? [inputs[2]] : [],
    ),
  )
  const initializers = [...graph.initializers].map(([name, constant]) => {
    const zeros = () =>
      constants.float32(new Float32Array(constants.elementCount(constant.dims)), constant.dims)
    return [name, biases.has(name) ? zeros() : constant] as const
  })
  return { ...model, graph: { ...graph, initializers: new Map(initializers) } }
}

/** Rules that keep the sum of relevance where there is no bias; stabilizers take a part that the account names. */
const conserving = [
  'epsilon_plus',
  'epsilon_plus_flat',
  'epsilon_alpha2_beta1',
  { base: { name: 'epsilon_gamma_box', low: -3, high: 3 } },
] as const

describe.each(['vgg', 'resbasic', 'conv1d'])('%s without biases', (model) => {
  const golden = cases.find(({ info }) => info.model === model)!
  beforeAll(async () => {
    const bytes = writeModel(withoutBiases(readModel(modelBytes(golden, 'ts'))))
    await register(test.engine, bytes, { name: `${model}.unbiased` })
  })

  it.each(conserving)('keeps the relevance of the output: %o', async (composite) => {
    const samples = samplesOf(golden)
    const targets = Array.from({ length: samples.shape[0]! }, (_, i) => classOf(i))
    const rows = await explained(`${model}.unbiased`, samples, targets, composite)
    for (const { trust } of rows) {
      const { initial, input, absorbed, warnings } = trust
      expect(warnings).toEqual([])
      expect(absorbed['bias']).toBe(0)
      const scale = Math.max(Math.abs(initial!), Math.abs(absorbed['stabilizer']!))
      expect(Math.abs(initial! - input! - absorbed['stabilizer']!)).toBeLessThan(1e-3 * scale)
    }
  })
})
