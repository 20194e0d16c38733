import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type AttributionGraphTask, attributionGraphTask, toProblem } from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../../../test/support/compare.ts'
import { requestComposite } from '../../../test/support/golden-request.ts'
import {
  caseArray,
  type GoldenCase,
  type GraphInfo,
  graphCases,
  modelBytes,
  validVariants,
} from '../../../test/support/goldens.ts'
import { fp32, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

let test: TestEngine
beforeAll(async () => {
  test = await startTestEngine()
})
afterAll(() => test.close())

const cases = graphCases()
const runs = cases.flatMap((golden) =>
  validVariants(golden).map((variant) => [golden.name, variant, golden] as const),
)

/** The request of a case; `layers` are the reference's, which has names of its own in some exports. */
function taskOfCase({ info, ...golden }: GoldenCase<GraphInfo>, model: string, changes: object = {}) {
  const { target, width, abs_norm, parent_layer, parent_c_id } = info.parameters
  const input = caseArray({ info, ...golden }, 'input.npy')
  return attributionGraphTask({
    model,
    input: { tensor: fp32(input.shape, input.data) },
    composite: requestComposite(info),
    layer: info.layer_name,
    concept: info.concept_id,
    target,
    width,
    abs_norm,
    ...(parent_layer === undefined ? {} : { parent: { layer: parent_layer, concept: parent_c_id } }),
    layers: info.layers,
    ...changes,
  } as never)
}

async function modelOf(golden: GoldenCase<GraphInfo>, variant: string): Promise<string> {
  const name = `${golden.info.model}.${variant}`
  await register(test.engine, modelBytes(golden, variant), { name, output: { start: 'output' } })
  return name
}

describe('golden attribution graphs', () => {
  it('are there', () => {
    expect(cases.length).toBeGreaterThan(0)
  })

  it.each(runs)('%s on %s', async (_name, variant, golden) => {
    const { info } = golden
    const { nodes, edges } = await test.engine.attributionGraph(
      taskOfCase(golden, await modelOf(golden, variant)),
    )
    expect(nodes.map(({ layer, concept }) => [layer, concept])).toEqual(info.expected_nodes)
    const expected = info.expected_connections.flatMap(({ from, to }) =>
      to.map(([layer, concept, relevance]) => ({ from, to: [layer, concept], relevance })),
    )
    expect(
      edges.map(({ source, target }) => [
        [source.layer, source.concept],
        [target.layer, target.concept],
      ]),
    ).toEqual(expected.map(({ from, to }) => [from, to]))
    const values = caseArray(golden, 'expected/connections.npy')
    const actual = edges.map(({ relevance }) => relevance!)
    const limit = Math.max(1e-4, info.tolerance.rtol_of_max ?? 1e-4)
    const { passed, message } = compareArrays(values, { shape: [actual.length], data: actual }, limit)
    expect(passed, message).toBe(true)
  })

  it('find convolutions and fully connected layers by themselves', async () => {
    const golden = cases.find(({ name }) => name === 'graph_parnet')!
    const task = taskOfCase(golden, await modelOf(golden, 'ts'), { layers: undefined })
    const { nodes } = await test.engine.attributionGraph(task)
    expect(nodes.map(({ layer, concept }) => [layer, concept])).toEqual(golden.info.expected_nodes)
  })
})

describe('corrected graphs', () => {
  const resbasic = () => cases.find(({ name }) => name === 'graph_resbasic')!
  const corrected = async (golden: GoldenCase<GraphInfo>) => {
    const task = taskOfCase(golden, await modelOf(golden, 'ts'), { mode: 'corrected' })
    return { task, graph: await test.engine.attributionGraph(task) }
  }

  it('list nothing twice and reach past no layer', async () => {
    const { graph } = await corrected(resbasic())
    const nodes = graph.nodes.map((node) => JSON.stringify(node))
    expect(new Set(nodes).size).toBe(nodes.length)
    const pairs = new Set(graph.edges.map(({ source, target }) => `${source.layer} < ${target.layer}`))
    expect([...pairs]).toEqual(['layer2.0.conv2 < layer2.0.conv1', 'layer2.0.conv1 < layer1.0.conv2'])
  })

  /** An edge of a graph from one ordinary attribution under nothing but its own concept and the target. */
  async function relevanceOf(task: AttributionGraphTask, source: Node, target: Node): Promise<number> {
    const { results } = await test.engine.attribute(
      taskOf({
        model: task.model,
        inputs: [task.input] as never,
        conditions: [{ y: [task.target], [source.layer]: [source.concept] }] as never,
        composite: task.composite as never,
        exclude_parallel: false,
        record: { [target.layer]: { relevance: false, concepts: 1000, abs_norm: true } },
        output: { heatmap: [] },
      }),
    )
    const { concepts } = results[0]!.layers![target.layer]!
    return concepts!.find(({ index }) => index === target.concept)!.relevance!
  }
  type Node = { readonly layer: string; readonly concept: number }

  it('take every concept apart by itself', async () => {
    const { task, graph } = await corrected(cases.find(({ name }) => name === 'graph_crpnet_target')!)
    expect(graph.edges.length).toBeGreaterThan(4)
    for (const { source, target, relevance } of graph.edges) {
      expect(relevance).toBeCloseTo(await relevanceOf(task, source, target), 5)
    }
    const peer = await test.engine.attributionGraph({ ...task, mode: 'peer' })
    expect(peer.edges.slice(4)).not.toEqual(graph.edges.slice(4))
  })
})

describe('bad requests', () => {
  it.each([
    ['an unknown layer', { layer: 'nowhere' }, 'unknown-layer', '/layer'],
    ['an unknown node layer', { layers: ['conv1', 'nowhere'] }, 'unknown-layer', '/layers/1'],
    ['a missing channel', { concept: 10_000 }, 'channel-out-of-range', '/concept'],
    [
      'a missing parent channel',
      { parent: { layer: 'fc1', concept: 10_000 } },
      'channel-out-of-range',
      '/parent/concept',
    ],
    ['a missing class', { target: 10_000 }, 'class-out-of-range', '/target'],
    [
      'a parent that the layer does not lie below',
      { parent: { layer: 'conv1', concept: 0 } },
      'layer-not-reachable',
      '/parent/layer',
    ],
  ])('point to %s', async (_what, changes, code, pointer) => {
    const golden = cases.find(({ name }) => name === 'graph_parnet')!
    const task = taskOfCase(golden, await modelOf(golden, 'ts'), changes)
    expect(await refusal(task)).toEqual([code, 422, pointer])
  })

  it('point to levels that come to more rows than may be', async () => {
    const demo = new URL('../../../examples/concept-world/model/concept-world.onnx', import.meta.url)
    await register(test.engine, await readFile(fileURLToPath(demo)), { name: 'demo' })
    const layers = await test.engine.models.layers('demo', 'epsilon_plus')
    const { name: layer } = layers.findLast(({ op }) => op === 'Conv')!
    const side = 80
    const input = { tensor: fp32([1, 3, side, side], new Float32Array(3 * side * side).fill(1)) }
    const task = attributionGraphTask({
      model: 'demo',
      input,
      layer,
      concept: 0,
      width: [90, 90, 90, 90],
    } as never)
    expect(await refusal(task)).toEqual(['too-many-rows', 422, '/width'])
  })

  /** Code, status and pointer of the answer to a request that must be refused. */
  async function refusal(task: AttributionGraphTask): Promise<unknown[]> {
    const outcome = await test.engine.attributionGraph(task).catch((error: unknown) => error)
    const { code, status, errors } = toProblem(outcome)
    return [code, status, errors?.[0]?.pointer]
  }
})
