import type { Schemas } from '@crp-serve/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../support/compare.ts'
import { requestComposite } from '../support/golden-request.ts'
import {
  attributionCases,
  caseArray,
  type GoldenCase,
  type GraphInfo,
  graphCases,
  modelBytes,
  validVariants,
} from '../support/goldens.ts'
import { attribute, fp32, numbers, register } from './api.ts'
import { expectProblem, type Refusal } from './problem.ts'
import { type Stack, startStack } from './stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

const registered = new Set<string>()

/** Registers one export of the case's model, once. */
async function modelOf(
  golden: Pick<GoldenCase, 'folder'> & { info: GraphInfo | GoldenCase['info'] },
  variant: string,
) {
  const name = `${golden.info.model}.${variant}`
  if (registered.has(name)) return name
  registered.add(name)
  await register(stack.origin, modelBytes({ name, ...golden }, variant), {
    name,
    output: { start: 'output' },
  })
  return name
}

const post = (path: string, body: object): Promise<Response> =>
  fetch(`${stack.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** The request of a graph case. */
function graphRequest(golden: GoldenCase<GraphInfo>, model: string): Schemas['AttributionGraphRequest'] {
  const { info } = golden
  const { target, width, abs_norm, parent_layer, parent_c_id } = info.parameters
  const { shape, data } = caseArray(golden, 'input.npy')
  return {
    model,
    input: { tensor: fp32(shape, data) },
    composite: requestComposite(info) as NonNullable<Schemas['AttributionGraphRequest']['composite']>,
    layer: info.layer_name,
    concept: info.concept_id,
    target: target ?? null,
    width: [...width],
    parent: parent_layer === undefined ? null : { layer: parent_layer, concept: parent_c_id! },
    abs_norm: abs_norm ?? null,
    layers: [...info.layers],
  }
}

describe('golden attribution graphs over HTTP', () => {
  const runs = graphCases().flatMap((golden) =>
    validVariants(golden).map((variant) => [golden.name, variant, golden] as const),
  )

  it.each(runs)('%s on %s', async (_name, variant, golden) => {
    const body = graphRequest(golden, await modelOf(golden, variant))
    const { data, error } = await stack.client.POST('/v1/attribution-graphs', { body })
    expect(error).toBeUndefined()
    const { nodes, edges } = data as Schemas['AttributionGraphResponse']
    expect(nodes.map(({ layer, concept }) => [layer, concept])).toEqual(golden.info.expected_nodes)
    const pairs = golden.info.expected_connections.flatMap(({ from, to }) =>
      to.map(([layer, concept]) => [from, [layer, concept]]),
    )
    expect(
      edges.map(({ source, target }) => [
        [source.layer, source.concept],
        [target.layer, target.concept],
      ]),
    ).toEqual(pairs)
    const relevance = { shape: [edges.length], data: edges.map((edge) => edge.relevance!) }
    const limit = golden.info.tolerance.rtol_of_max ?? 1e-4
    expect(compareArrays(caseArray(golden, 'expected/connections.npy'), relevance, limit)).toMatchObject({
      passed: true,
    })
  })

  it('refuses an unknown layer with its neighbours', async () => {
    const golden = graphCases().find(({ name }) => name === 'graph_crpnet_target')!
    const body = { ...graphRequest(golden, await modelOf(golden, 'ts')), layer: 'features.55' }
    const refusal: Refusal = {
      status: 422,
      code: 'unknown-layer',
      pointer: '/layer',
      suggestion: 'features.5',
    }
    await expectProblem(await post('/v1/attribution-graphs', body), refusal)
  })
})

describe('concepts over HTTP', () => {
  const crpnet = () => attributionCases(['crpnet']).find(({ name }) => name === 'crp_multi_layer')!
  const parnet = () => attributionCases(['parnet']).find(({ name }) => name === 'crp_parnet_block_side')!

  async function requestOf(golden: GoldenCase, request: Partial<Schemas['AttributionRequest']>) {
    const { shape, data } = caseArray(golden, 'input.npy')
    return {
      model: await modelOf(golden, 'ts'),
      inputs: [{ tensor: fp32(shape, data) }],
      conditions: [{ y: 'predicted' }],
      output: { heatmap: ['tensor'] },
      ...request,
    } as Schemas['AttributionRequest']
  }

  const oneHot = (...channels: number[]) =>
    channels.map((channel) => Array.from({ length: 12 }, (_, i) => (i === channel ? 1 : 0)))

  it('takes directions, of which one-hot ones are channels', async () => {
    const mixed = [0.25, -1, ...Array<number>(10).fill(0.5)]
    const conditions = [
      { y: [0], 'features.5': [1, 3] },
      { y: [0], 'features.5': { directions: oneHot(3, 1) } },
      { y: [0], 'features.5': { directions: [mixed] } },
    ]
    const { results } = await attribute(stack.client, await requestOf(crpnet(), { conditions }))
    const [channels, directions, other] = results.map(({ heatmap }) => numbers(heatmap!.tensor))
    expect(directions).toEqual(channels)
    expect(other).not.toEqual(channels)
    expect(results.every(({ trust }) => trust.finite)).toBe(true)
  })

  it('says how much relevance lies in a region', async () => {
    const golden = crpnet()
    const [, , height, width] = caseArray(golden, 'input.npy').shape as [number, number, number, number]
    const mask = {
      shape: [height, width],
      datatype: 'BOOL' as const,
      data: Array<boolean>(height * width).fill(true),
    }
    const regions = [{ box: [0, 0, 3, height] }, { box: [3, 0, width, height] }, { mask }]
    const request = await requestOf(golden, { output: { heatmap: ['tensor'], regions } })
    const [left, right, all] = (await attribute(stack.client, request)).results[0]!.region_relevance!
    expect(left! + right!).toBeCloseTo(1, 6)
    expect(all).toBeCloseTo(1, 9)
  })

  const cases: readonly (readonly [string, () => GoldenCase, object, Refusal])[] = [
    [
      'layers from input to output',
      crpnet,
      { conditions: [{ y: [0], 'features.2': [0], 'features.5': [0] }] },
      { status: 422, code: 'layer-not-reachable', pointer: '/conditions/0/features.5' },
    ],
    [
      'parallel layers in one condition',
      parnet,
      { conditions: [{ y: [0] }, { y: [0], conv2: [0], 'side.0': [0] }] },
      { status: 422, code: 'layer-not-reachable', pointer: '/conditions/1/side.0' },
    ],
    [
      'a target beside a start layer',
      crpnet,
      { start_layer: 'features.5', conditions: [{}, { y: [0] }] },
      { status: 422, code: 'target-not-allowed', pointer: '/conditions/1/y' },
    ],
    [
      'a position out of range',
      crpnet,
      { conditions: [{ y: [0], 'features.5': { '2': [0, 10_000] } }] },
      { status: 422, code: 'position-out-of-range', pointer: '/conditions/0/features.5/2/1' },
    ],
    [
      'a start relevance for another number of rows',
      crpnet,
      {
        conditions: [{ y: [0] }],
        init_relevance: { shape: [2, 6], datatype: 'FP32', data: Array(12).fill(1) },
      },
      { status: 422, code: 'tensor-shape-mismatch', pointer: '/init_relevance/shape' },
    ],
    [
      'a direction of the wrong size',
      crpnet,
      { conditions: [{ y: [0], 'features.5': { directions: [...oneHot(1), [1, 2]] } }] },
      { status: 422, code: 'direction-invalid', pointer: '/conditions/0/features.5/directions/1' },
    ],
    [
      'channels ranked in two layers',
      crpnet,
      { conditions: [{ y: [0] }, { y: [0], 'features.5': { top: 2 }, 'features.2': { top: 2 } }] },
      { status: 422, code: 'ranking-invalid', pointer: '/conditions/1/features.2' },
    ],
    [
      'channels ranked from several starts',
      crpnet,
      {
        conditions: [{ 'features.5': { top: 2 } }],
        init_relevance: { shape: [2, 6], datatype: 'FP32', data: Array(12).fill(1) },
      },
      { status: 422, code: 'ranking-invalid', pointer: '/init_relevance/shape' },
    ],
    [
      'no channel ranked',
      crpnet,
      { conditions: [{ y: [0], 'features.5': { top: 0 } }] },
      { status: 422, code: 'validation-failed', pointer: '/conditions/0/features.5/top' },
    ],
    [
      'a box outside the input',
      crpnet,
      { output: { regions: [{ box: [0, 0, 1000, 1] }] } },
      { status: 422, code: 'region-invalid', pointer: '/output/regions/0/box' },
    ],
  ]

  it.each(cases)('refuses %s', async (_what, golden, request, refusal) => {
    await expectProblem(await post('/v1/attributions', await requestOf(golden(), request)), refusal)
  })
})
