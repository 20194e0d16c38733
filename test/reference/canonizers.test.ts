import { canonize } from '@crp-serve/lrp'
import { GraphBuilder, type Model } from '@crp-serve/onnx'
import { describe, expect, test } from 'vitest'
import { evaluate } from './evaluate.ts'
import { tensor } from './tensor.ts'

/** Numbers that repeat late, so that no two parameters are the same. */
const numbers = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(1.7 * (i + from) + 0.3))

const norm = (b: GraphBuilder, x: string, channels: number): string =>
  b.op('BatchNormalization', [
    x,
    b.floats(numbers(channels, 1), [channels]),
    b.floats(numbers(channels, 2), [channels]),
    b.floats(numbers(channels, 3), [channels]),
    b.floats(
      numbers(channels, 4).map((v) => 1 + v * v),
      [channels],
    ),
  ])

function modelOf(sizes: readonly number[], emit: (b: GraphBuilder, x: string) => string): Model {
  const b = new GraphBuilder()
  b.output('y', emit(b, b.input('x', 'float32', ['N', ...sizes])), 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 20 }, graph: b.build('net'), metadata: {} }
}

/** The operators of the canonized model, and how far its output is from that of the model itself. */
function merged(sizes: readonly number[], emit: (b: GraphBuilder, x: string) => string) {
  const model = modelOf(sizes, emit)
  const { model: canonical, refused } = canonize(model, { mergeBatchNorm: true })
  const shape = [2, ...sizes]
  const input = tensor(shape, numbers(shape.reduce((p, q) => p * q, 1)))
  const [before, after] = [model, canonical].map((m) => evaluate(m, input).get('y')!.data)
  const off = before!.reduce((worst, value, i) => Math.max(worst, Math.abs(value - after![i]!)), 0)
  return { ops: canonical.graph.nodes.map(({ op }) => op).filter((op) => op !== 'Identity'), off, refused }
}

const conv = (b: GraphBuilder, x: string, dims: readonly number[], more: Record<string, unknown> = {}) =>
  b.op('Conv', [x, b.floats(numbers(dims.reduce((p, q) => p * q, 1)), dims)], more as never)

const matrix = (b: GraphBuilder, rows: number, columns: number) =>
  b.floats(numbers(rows * columns), [rows, columns])

describe('batch norms are merged with the same output', () => {
  test('into the matrix product of a linear layer without a bias', () => {
    const { ops, off } = merged([5], (b, x) => norm(b, b.op('MatMul', [x, matrix(b, 5, 4)]), 4))
    expect(ops).toEqual(['Gemm'])
    expect(off).toBeLessThan(1e-6)
  })

  test('into the matrix product and its bias', () => {
    const { ops, off } = merged([5], (b, x) =>
      norm(b, b.op('Add', [b.op('MatMul', [x, matrix(b, 5, 4)]), b.floats(numbers(4, 7), [4])]), 4),
    )
    expect(ops).toEqual(['Gemm'])
    expect(off).toBeLessThan(1e-6)
  })

  test('into a grouped convolution behind them that pads nothing', () => {
    const { ops, off } = merged([4, 5, 5], (b, x) =>
      conv(b, b.op('Relu', [norm(b, b.op('Relu', [x]), 4)]), [4, 2, 3, 3], { group: 2 }),
    )
    expect(ops).toEqual(['Relu', 'BatchNormalization', 'Relu', 'Conv'])
    expect(off).toBe(0)
    const direct = merged([4, 5, 5], (b, x) =>
      conv(b, norm(b, b.op('Relu', [x]), 4), [6, 2, 3, 3], { group: 2 }),
    )
    expect(direct.ops).toEqual(['Relu', 'Conv'])
    expect(direct.off).toBeLessThan(1e-6)
  })

  test('into the fully connected layer behind them, with its bias', () => {
    const gemm = merged([5], (b, x) =>
      b.op('Gemm', [norm(b, b.op('Relu', [x]), 5), matrix(b, 3, 5), b.floats(numbers(3, 7), [3])], {
        transB: 1,
      }),
    )
    expect(gemm.ops).toEqual(['Relu', 'Gemm'])
    expect(gemm.off).toBeLessThan(1e-6)
    const product = merged([5], (b, x) =>
      b.op('Add', [
        b.op('MatMul', [norm(b, b.op('Relu', [x]), 5), matrix(b, 5, 3)]),
        b.floats(numbers(3, 7), [3]),
      ]),
    )
    expect(product.ops).toEqual(['Relu', 'Gemm'])
    expect(product.off).toBeLessThan(1e-6)
  })

  test('with a weight of their own where several layers share one', () => {
    const { ops, off } = merged([4, 5, 5], (b, x) => {
      const shared = b.floats(numbers(4 * 4), [4, 4, 1, 1])
      return b.op('Conv', [b.op('Relu', [norm(b, b.op('Conv', [x, shared]), 4)]), shared])
    })
    expect(ops).toEqual(['Conv', 'Relu', 'Conv'])
    expect(off).toBeLessThan(1e-6)
  })
})

describe('batch norms stay, with the reason,', () => {
  const reasonOf = (sizes: readonly number[], emit: (b: GraphBuilder, x: string) => string) => {
    const { refused, ops } = merged(sizes, emit)
    expect(ops).toContain('BatchNormalization')
    return refused[0]!.reason
  }

  test('before a convolution that pads', () => {
    const reason = reasonOf([4, 5, 5], (b, x) => conv(b, norm(b, x, 4), [4, 4, 3, 3], { pads: [1, 1, 1, 1] }))
    expect(reason).toContain('pads')
  })

  test('at a fork on either side', () => {
    const before = reasonOf([4, 5, 5], (b, x) => {
      const y = conv(b, x, [4, 4, 1, 1])
      return b.op('Add', [b.op('Relu', [norm(b, y, 4)]), y])
    })
    expect(before).toContain('other consumers')
    const behind = reasonOf([4, 5, 5], (b, x) => {
      const y = norm(b, b.op('Relu', [x]), 4)
      return b.op('Add', [conv(b, y, [4, 4, 1, 1]), y])
    })
    expect(behind).toContain('several nodes read it')
  })

  test('behind a matrix product on tokens, whose last axis is not that of the channels', () => {
    const reason = reasonOf([4, 5], (b, x) => norm(b, b.op('MatMul', [x, matrix(b, 5, 5)]), 4))
    expect(reason).toContain('MatMul is before it')
  })
})
