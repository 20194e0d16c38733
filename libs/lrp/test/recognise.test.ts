import { GraphBuilder, type Model } from '@crp-serve/onnx'
import { describe, expect, test } from 'vitest'
import { analyse, canonize, type Layer, LrpError, rulesFor } from '../src/index.ts'

/** A model of one input [N, 4, 6, 6]; `emit` gives the tensors of its outputs. */
function modelOf(emit: (b: GraphBuilder, x: string) => readonly string[]): Model {
  const b = new GraphBuilder()
  const outputs = emit(b, b.input('x', 'float32', ['N', 4, 6, 6]))
  for (const [i, tensor] of outputs.entries()) b.output(`y${i}`, tensor, 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 20 }, graph: b.build('net'), metadata: {} }
}

const explainableOf = (emit: (b: GraphBuilder, x: string) => readonly string[]) =>
  analyse(canonize(modelOf(emit), { mergeBatchNorm: true }).model)

/** The layers of a model, the Identity nodes of its outputs aside. */
const layersOf = (emit: (b: GraphBuilder, x: string) => readonly string[]): readonly Layer[] =>
  explainableOf(emit).layers.filter((layer) => layer.node.op !== 'Identity')

const shapeOf = (layers: readonly Layer[]) => layers.map((layer) => [layer.operator.op, layer.type])

/** Why a model is refused: every node with its reason. */
function refusalOf(emit: (b: GraphBuilder, x: string) => readonly string[]): readonly unknown[] {
  try {
    explainableOf(emit)
  } catch (error) {
    if (error instanceof LrpError) return error.details['nodes'] as readonly unknown[]
    throw error
  }
  throw new Error('the model was not refused')
}

const silu = (b: GraphBuilder, x: string) => b.op('Mul', [x, b.op('Sigmoid', [x])])

describe('activations of several nodes', () => {
  test('are one layer that answers to the name of its last node', () => {
    const [layer, ...rest] = layersOf((b, x) => [silu(b, x)])
    expect(rest).toEqual([])
    expect(layer).toMatchObject({ type: 'activation', name: 'Mul_out', inputs: ['x'], output: 'Mul_out' })
    expect(layer!.nodes.map((node) => node.op)).toEqual(['Sigmoid', 'Mul'])
    expect(layer!.aliases).not.toContain('Sigmoid_out')
  })

  test('take smaller patterns in', () => {
    const layers = layersOf((b, x) => {
      const softplus = b.op('Where', [b.op('Greater', [x, b.scalar(20)]), x, b.op('Softplus', [x])])
      return [b.op('Mul', [b.op('Tanh', [softplus]), x])]
    })
    expect(shapeOf(layers)).toEqual([['Mish', 'activation']])
  })

  test('stay apart where another node reads one of their tensors', () => {
    const layers = layersOf((b, x) => {
      const sigmoid = b.op('Sigmoid', [x])
      return [b.op('Add', [b.op('Mul', [x, sigmoid]), sigmoid])]
    })
    expect(shapeOf(layers)).toEqual([
      ['Sigmoid', 'activation'],
      ['Mul', null],
      ['Add', 'sum'],
    ])
  })

  test('stay apart where one of their tensors is an output', () => {
    const layers = layersOf((b, x) => {
      const sigmoid = b.op('Sigmoid', [x])
      return [b.op('Mul', [x, sigmoid]), sigmoid]
    })
    expect(shapeOf(layers)).toContainEqual(['Sigmoid', 'activation'])
  })

  test('need the same input in every place', () => {
    const layers = layersOf((b, x) => [b.op('Mul', [b.op('Tanh', [x]), b.op('Sigmoid', [x])])])
    expect(shapeOf(layers)).toEqual([
      ['Tanh', 'activation'],
      ['Sigmoid', 'activation'],
      ['Mul', null],
    ])
  })

  test('need their own constants', () => {
    const layers = layersOf((b, x) => {
      const erf = b.op('Erf', [b.op('Div', [x, b.scalar(1.5)])])
      return [b.op('Mul', [b.op('Mul', [x, b.op('Add', [erf, b.scalar(1)])]), b.scalar(0.5)])]
    })
    expect(layers.some((layer) => layer.type === 'activation')).toBe(false)
  })

  test('leave the nodes before them whole', () => {
    const layers = layersOf((b, x) => {
      const linear = b.op('MatMul', [x, b.floats(new Float32Array(36).fill(0.1), [6, 6])])
      const relu6 = b.op('Clip', [b.op('Add', [linear, b.scalar(3)]), b.scalar(0), b.scalar(6)])
      return [b.op('Div', [relu6, b.scalar(6)])]
    })
    expect(shapeOf(layers)).toEqual([
      ['MatMul', 'linear'],
      ['HardSigmoid', 'activation'],
    ])
  })
})

describe('rearrangements', () => {
  test('with the batch folded in and taken out again are one layer', () => {
    const layers = layersOf((b, x) => {
      const folded = b.op('Reshape', [x, b.ints([-1, 6, 6])])
      const turned = b.op('Transpose', [folded], { perm: [0, 2, 1] })
      return [b.op('Reshape', [turned, b.ints([-1, 4, 6, 6])])]
    })
    expect(shapeOf(layers)).toEqual([['Rearrangement', null]])
  })
})

describe('the outputs of a Split', () => {
  const layers = layersOf((b, x) => {
    const [first, second] = b.ops('Split', [x], 2, { axis: 1, num_outputs: 2 })
    return [b.op('Concat', [second!, first!], { axis: 1 })]
  })

  test('are layers of their own with names of their own', () => {
    const names = layers.slice(0, 2).map((layer) => [layer.name, layer.output])
    expect(names).toEqual([
      ['Split_out', 'Split_out'],
      ['Split_out:1', 'Split_out_1'],
    ])
  })
})

describe('products', () => {
  const gated = (b: GraphBuilder, x: string) => {
    const squeezed = b.op('GlobalAveragePool', [x])
    return b.op('Mul', [b.op('Sigmoid', [squeezed]), b.op('Relu', [x])])
  }

  test('get their exact gradient and say so', () => {
    const explainable = explainableOf((b, x) => [gated(b, x)])
    const product = explainable.layers.find((layer) => layer.node.op === 'Mul')!
    const { rule, because } = rulesFor(explainable, 'epsilon_plus').get(product)!
    expect(rule.name).toBe('gradient')
    expect(because).toContain('each factor of the product')
  })

  test('know their signal by its shape, or by what computes the gate', () => {
    const signals = (emit: (b: GraphBuilder, x: string) => string) => {
      const product = layersOf((b, x) => [emit(b, x)]).find((layer) => layer.node.op === 'Mul')!
      return product.signal === null ? null : product.inputs[product.signal]
    }
    expect(signals(gated)).toBe('Relu_out')
    expect(signals((b, x) => b.op('Mul', [b.op('Sigmoid', [b.op('Abs', [x])]), b.op('Tanh', [x])]))).toBe(
      'Tanh_out',
    )
    expect(signals((b, x) => b.op('Mul', [b.op('Tanh', [x]), b.op('Relu', [x])]))).toBeNull()
  })

  test('take the rule pass only where the signal is known', () => {
    const pass = { layers: [{ match: { name: 'Mul_out' }, rule: { name: 'pass' } }] } as const
    expect(() =>
      rulesFor(
        explainableOf((b, x) => [gated(b, x)]),
        pass,
      ),
    ).not.toThrow()
    const unclear = explainableOf((b, x) => [b.op('Mul', [b.op('Tanh', [x]), b.op('Relu', [x])])])
    expect(() => rulesFor(unclear, pass)).toThrow('none of them is a signal')
  })
})

describe('refusals', () => {
  test('name every node with its reason', () => {
    const nodes = refusalOf((b, x) => [b.op('Hardmax', [b.op('GatherND', [x, b.ints([0])])])])
    expect(nodes).toMatchObject([
      { op: 'GatherND', reason: 'the operator is not supported' },
      { op: 'Hardmax', reason: 'the operator is not supported' },
      {},
    ])
  })

  test('of a batch norm in training mode, also behind a convolution', () => {
    const nodes = refusalOf((b, x) => {
      const vector = (value: number) => b.floats(new Float32Array(4).fill(value), [4])
      const conv = b.op('Conv', [x, b.floats(new Float32Array(16).fill(1), [4, 4, 1, 1])])
      const statistics = [vector(1), vector(0), vector(0), vector(1)]
      return [b.op('BatchNormalization', [conv, ...statistics], { training_mode: 1 })]
    })
    expect(nodes).toMatchObject([
      { op: 'BatchNormalization', reason: expect.stringContaining('training mode') },
    ])
  })

  test('of values that stand on the batch axis', () => {
    const nodes = refusalOf((b, x) => [b.op('Relu', [b.op('Reshape', [x, b.ints([-1, 6, 6])])])])
    expect(nodes).toMatchObject([
      { op: 'Reshape', reason: 'the first axis of Reshape_out is not the batch axis' },
      { op: 'Relu', reason: 'the first axis of Reshape_out is not the batch axis' },
      { op: 'Identity' },
    ])
  })

  test('of reductions over the batch', () => {
    const nodes = refusalOf((b, x) => [b.op('ReduceMean', [x, b.ints([0])], { keepdims: 1 })])
    expect(nodes).toMatchObject([
      { op: 'ReduceMean', reason: 'ReduceMean_out has no batch axis: it mixes samples' },
      {},
    ])
  })

  test('of half precision', () => {
    const nodes = refusalOf((b, x) => [b.op('Cast', [b.op('Cast', [x], { to: 10 })], { to: 1 })])
    expect(nodes).toMatchObject([{ op: 'Cast', reason: 'it computes in float16' }])
  })

  test('of parameters that the input decides', () => {
    const nodes = refusalOf((b, x) => {
      const slopes = b.op('GlobalAveragePool', [x])
      return [b.op('PRelu', [x, slopes])]
    })
    expect(nodes).toMatchObject([{ op: 'PRelu', reason: 'its slope depends on the input' }])
  })

  test('of interpolation that is none', () => {
    const nodes = refusalOf((b, x) => {
      const scales = b.floats([1, 1, 2, 2], [4])
      const roi = b.floats([0, 0, 0, 0, 1, 1, 1, 1], [8])
      return [b.op('Resize', [x, roi, scales], { coordinate_transformation_mode: 'tf_crop_and_resize' })]
    })
    expect(nodes).toMatchObject([{ op: 'Resize', reason: 'its coordinate mode is tf_crop_and_resize' }])
  })
})
