import { type CompositeTask, queriedComposite, toProblem } from '@crp-serve/contracts'
import { GraphBuilder, writeModel } from '@crp-serve/onnx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fp32, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

let test: TestEngine
beforeAll(async () => {
  test = await startTestEngine()
})
afterAll(() => test.close())

const ones = (b: GraphBuilder, dims: readonly number[]) =>
  b.floats(new Float32Array(dims.reduce((n, d) => n * d, 1)).fill(0.5), dims)

const convolution = (b: GraphBuilder, x: string, name: string) => {
  b.add({ name, op: 'Conv', inputs: [x, ones(b, [4, 4, 1, 1])], outputs: [name] })
  return name
}

/** Two convolutions with something between them, and a softmax behind the logits. */
function bytesOf(between: (b: GraphBuilder, x: string) => string): Uint8Array {
  const b = new GraphBuilder()
  const first = convolution(b, b.input('x', 'float32', ['N', 4, 3, 3]), 'first')
  const pooled = b.op('GlobalAveragePool', [convolution(b, between(b, first), 'second')])
  b.output('y', b.op('Softmax', [b.op('Flatten', [pooled])], { axis: 1 }), 'float32', ['N', 4])
  return writeModel({ irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('net'), metadata: {} })
}

const composite = (given: CompositeTask | string) =>
  queriedComposite(typeof given === 'string' ? given : JSON.stringify(given)).task

const supportOf = async (name: string, given: CompositeTask | string = 'epsilon_plus') => {
  const report = await test.engine.models.support(name, composite(given))
  const node = (op: string, nth = 0) => report.nodes.filter((entry) => entry.op === op)[nth]!
  return { report, node }
}

const inputs = [{ tensor: fp32([1, 4, 3, 3], new Float32Array(36).fill(1)) }]
const explain = (model: string, rest: object) =>
  test.engine.attribute(taskOf({ model, inputs, ...rest } as never))

describe('the report of a supported model', () => {
  beforeAll(async () => {
    await register(
      test.engine,
      bytesOf((b, x) => b.op('Relu', [x])),
      { name: 'plain' },
    )
  })

  it('gives every node its rule and the reason for it', async () => {
    const { report, node } = await supportOf('plain', {
      first: [{ match: { type: 'convolution' }, rule: { name: 'flat' } }],
      layers: [{ match: { name: 'second' }, rule: { name: 'alpha_beta' } }],
      base: 'epsilon_plus',
    } as CompositeTask)
    expect(report).toMatchObject({ explainable: true, share: { nodes: 1, flops: 1 } })
    expect(node('Conv')).toMatchObject({
      layer: 'first',
      rule: 'flat',
      because: 'first, first layer: type convolution',
    })
    expect(node('Conv', 1)).toMatchObject({ rule: 'alpha_beta', because: 'layers: name second' })
    expect(node('Relu')).toMatchObject({
      rule: 'pass',
      because: 'epsilon_plus: type activation',
      exact: true,
    })
    expect(node('Softmax')).toMatchObject({ needed: false, supported: true })
  })

  it('agrees with the list of layers, for a composite of any form', async () => {
    for (const given of ['deconvnet', { name: 'epsilon_plus', zero_params: ['bias'] } as CompositeTask]) {
      const { report } = await supportOf('plain', given)
      const layers = await test.engine.models.layers('plain', composite(given))
      for (const { name, rule, because } of layers) {
        expect(report.nodes.filter(({ layer }) => layer === name)).toMatchObject([{ rule, because }])
      }
    }
  })

  it('points to what is wrong with the composite', async () => {
    const wrong = { base: null, layers: [{ match: { name: 'secnd' }, rule: { name: 'flat' } }] } as unknown
    const problem = toProblem(
      await supportOf('plain', wrong as CompositeTask).catch((error: unknown) => error),
    )
    expect(problem).toMatchObject({
      code: 'unknown-layer',
      errors: [
        { pointer: '/composite/layers/0/match/name', suggestions: expect.arrayContaining(['second']) },
      ],
    })
    expect(() => composite('{"name"')).toThrow('must be the name of a composite')
    expect(() => composite('{"name":"epsilon_plus","epsilom":1}')).toThrow('/composite/epsilom')
  })
})

describe('the report of a model with batch norms', () => {
  const norm = (b: GraphBuilder, x: string) => {
    b.add({
      name: 'norm',
      op: 'BatchNormalization',
      inputs: [x, ...Array.from({ length: 4 }, () => ones(b, [4]))],
      outputs: ['norm'],
    })
    return 'norm'
  }

  it('says why one was not merged, and that passing over it is approximate', async () => {
    // The convolution's output is read twice.
    const forked = bytesOf((b, x) => b.op('Add', [norm(b, x), x]))
    await register(test.engine, forked, { name: 'forked' })
    const { report, node } = await supportOf('forked')
    expect(report.unmerged_batch_norms).toEqual([{ node: 'norm', reason: expect.stringContaining('first') }])
    expect(node('BatchNormalization')).toMatchObject({ rule: 'pass', exact: false, supported: true })
    expect(node('BatchNormalization').reason).toContain('not merged')
  })

  it('names those that the composite leaves alone', async () => {
    await register(
      test.engine,
      bytesOf((b, x) => b.op('Relu', [norm(b, x)])),
      { name: 'normed' },
    )
    const merged = await supportOf('normed')
    expect(merged.report.unmerged_batch_norms).toEqual([])
    const { report } = await supportOf('normed', {
      canonize: { merge_batch_norm: false },
      base: 'epsilon_plus',
    } as CompositeTask)
    expect(report.unmerged_batch_norms).toEqual([
      { node: 'norm', reason: 'the composite asks for none to be merged' },
    ])
  })
})

describe('a model with operators that cannot be explained', () => {
  it('is reported node by node, and explained where relevance starts below them', async () => {
    const bytes = bytesOf((b, x) => b.op('Hardmax', [b.op('Relu', [x])], { axis: 1 }))
    await register(test.engine, bytes, { name: 'hard', allow_unsupported: true })
    const { report, node } = await supportOf('hard')
    expect(report.explainable).toBe(false)
    expect(report.share.nodes).toBeCloseTo(5 / 6)
    expect(report.share.flops).toBe(1)
    expect(node('Hardmax')).toMatchObject({
      supported: false,
      needed: true,
      rule: null,
      reason: 'the operator is not supported',
      needs: expect.stringContaining('Hardmax'),
    })
    const layers = await test.engine.models.layers('hard', 'epsilon_plus')
    expect(layers.find(({ op }) => op === 'Hardmax')).toMatchObject({
      rule: null,
      because: 'relevance cannot pass: the operator is not supported',
    })
    await expect(explain('hard', { conditions: [{ y: [0] }] })).rejects.toMatchObject({
      code: 'model-not-supported',
      details: { nodes: [{ op: 'Hardmax' }] },
    })
    const { results } = await explain('hard', { conditions: [{}], start_layer: 'first' })
    expect(results[0]!.trust.finite).toBe(true)
  })

  it('is reported up to where its types are known', async () => {
    const bytes = bytesOf((b, x) => b.op('Bernoulli', [b.op('Hardmax', [x], { axis: 1 })]))
    await expect(register(test.engine, bytes, { name: 'dark' })).rejects.toMatchObject({
      code: 'model-not-supported',
      details: { nodes: [{ op: 'Hardmax' }, { op: 'Bernoulli' }] },
    })
    const { model } = await register(test.engine, bytes, { name: 'dark', allow_unsupported: true })
    expect(model.unsupported.map(({ op }) => op)).toEqual(['Hardmax', 'Bernoulli'])
    const { report, node } = await supportOf('dark')
    expect(report).toMatchObject({ explainable: false, share: { flops: null } })
    expect(node('Bernoulli')).toMatchObject({ supported: false, needs: 'an implementation of Bernoulli' })
    expect(node('Conv', 1)).toMatchObject({ supported: false, reason: 'a node before it is not supported' })
    expect(node('Conv')).toMatchObject({ layer: 'first', supported: true })
    await expect(explain('dark', { conditions: [{ y: [0] }] })).rejects.toMatchObject({
      code: 'model-not-supported',
      details: { nodes: [{ op: 'Hardmax' }, { op: 'Bernoulli' }] },
    })
  })
})
