import { expect, test } from 'vitest'
import {
  constants,
  consumers,
  dump,
  externalizeWeights,
  extract,
  foldConstants,
  GraphBuilder,
  inferTypes,
  type Model,
  OnnxError,
  producers,
  prune,
  readModel,
  verify,
} from '../src/index.ts'
import { fixture } from './models.ts'

const modelOf = (graph: Model['graph']): Model => ({
  irVersion: 8,
  producer: '',
  opsets: { '': 17 },
  graph,
  metadata: {},
})

function branches(): GraphBuilder {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', ['N', 4])
  const left = b.op('Relu', [x])
  const right = b.op('Mul', [left, b.scalar(2)])
  b.output('left', left, 'float32', null)
  b.output('right', b.op('Add', [right, b.floats([1, 2, 3, 4], [4], 'bias')]), 'float32', null)
  return b
}

test('a sound graph passes', () => {
  expect(() => verify(modelOf(branches().build('g')))).not.toThrow()
  for (const name of ['vggbn.ts', 'mobile.dyn', 'reshape.ts']) verify(readModel(fixture(name)))
})

test('verify lists everything that is wrong', () => {
  const graph = branches().build('g')
  const [first, ...rest] = graph.nodes
  const broken = {
    ...graph,
    nodes: [
      ...rest,
      {
        ...first!,
        domain: 'custom',
        attributes: { a: { kind: 'int', value: 0.5 }, b: { kind: 'odd', value: 1 } } as never,
      },
      { ...first!, op: '' },
    ],
    outputs: [
      ...graph.outputs,
      graph.outputs[0]!,
      { name: 'nothing', dataType: 'float32' as const, shape: null },
    ],
    initializers: new Map([...graph.initializers, ['w', { ...constants.float32([1]), dims: [2] }]]),
  }
  let error: unknown
  try {
    verify(modelOf(broken))
  } catch (e) {
    error = e
  }
  expect(error).toBeInstanceOf(OnnxError)
  expect((error as OnnxError).details['problems']).toEqual([
    'w has 4 bytes of data, its axes need 8',
    'Mul Mul_out reads Relu_out, which nothing before it defines',
    'Identity left reads Relu_out, which nothing before it defines',
    'Relu Relu_out: attribute a is not a valid int',
    'Relu Relu_out: attribute b has kind odd',
    'two nodes have the name Relu_out',
    'the tensor Relu_out is defined twice, again by  Relu_out',
    'node Relu_out has no operator',
    'two graph outputs have the name left',
    'a graph output reads nothing, which nothing before it defines',
    'Relu Relu_out: no operator set for the domain "custom"',
  ])
})

test('producers and consumers', () => {
  const graph = branches().build('g')
  expect(producers(graph).get('left')?.op).toBe('Identity')
  expect(producers(graph).get('x')).toBeUndefined()
  expect(
    consumers(graph)
      .get('Relu_out')
      ?.map((n) => n.op),
  ).toEqual(['Mul', 'Identity'])
  expect(consumers(graph).get('left')).toBeUndefined()
})

test('extract keeps what the outputs need', () => {
  const graph = branches().build('g')
  const [left] = graph.outputs
  const part = extract(graph, [left!])
  expect(part.nodes.map((n) => n.op)).toEqual(['Relu', 'Identity'])
  expect([part.initializers.size, part.inputs.length]).toEqual([0, 1])
  const constant = extract(graph, [{ name: 'bias', dataType: 'float32', shape: [4] }], { dropInputs: true })
  expect([constant.nodes.length, constant.inputs.length, [...constant.initializers.keys()]]).toEqual([
    0,
    0,
    ['bias'],
  ])
  expect(prune(graph)).toEqual(graph)
})

test('a model as text', () => {
  const model = readModel(fixture('reshape.dyn'))
  const inferred = inferTypes(model)
  expect(dump(model, inferred.types)).toMatchSnapshot()
})

test('a folded model as text: the zero biases that the exporter computes are constants', () => {
  const model = readModel(fixture('vggbn.dyn_bn'))
  expect(dump(foldConstants(model, inferTypes(model)))).toMatchSnapshot()
})

test('a model as text: external weights, absent inputs, every kind of attribute', () => {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', ['N', null])
  const clipped = b.op('Clip', [x, '', b.scalar(1)])
  b.add({
    op: 'Odd',
    domain: 'custom',
    inputs: [clipped, b.floats(new Array(512).fill(0), [2, 256], 'w')],
    outputs: ['', 'y'],
    attributes: {
      s: { kind: 'string', value: 'a "b"' },
      f: { kind: 'float', value: 2 },
      many: { kind: 'ints', value: Array.from({ length: 20 }, (_, i) => i) },
      list: { kind: 'floats', value: [0.1, 2] },
      names: { kind: 'strings', value: ['p', 'q'] },
      t: { kind: 'tensor', value: constants.int64([1]) },
      g: { kind: 'graph', value: branches().build('inner') },
    },
  })
  b.output('y', 'y', 'float32', null)
  expect(dump(externalizeWeights(modelOf(b.build('g')), { location: 'w.bin' }).model)).toMatchInlineSnapshot(`
    "model g: IR 8, ai.onnx 17, by unknown
    input x: float32[N,?]
    constant scalar:1: float32[] (4 B)
    constant w: float32[2,256] (2 KiB in w.bin at 0)
    Clip_out = Clip(x, -, scalar:1)
    -, y = custom.Odd(Clip_out, w) {f=2.0, g=graph inner of 5 nodes, list=[0.1,2], many=[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,… 20 values], names=["p","q"], s="a \\"b\\"", t=int64[1] (8 B)}
    output y: float32[...]
    "
  `)
})
