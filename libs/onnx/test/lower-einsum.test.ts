import { describe, expect, it } from 'vitest'
import { type DeclaredDim, GraphBuilder, lowerEinsum, type Model } from '../src/index.ts'
import { noise } from './ort.ts'
import { expectSameResults } from './same-results.ts'

type Shape = readonly DeclaredDim[]

/** An Einsum of graph inputs (shapes that begin with N) and constants. */
function einsum(equation: string, shapes: readonly Shape[]): Model {
  const b = new GraphBuilder()
  const operands = shapes.map((shape, i) => {
    if (shape.includes('N')) return b.input(`x${i}`, 'float32', shape)
    const dims = shape as readonly number[]
    return b.floats(
      noise(
        dims.reduce((n, d) => n * d, 1),
        i + 2,
      ),
      dims,
    )
  })
  const attributes = { equation: { kind: 'string', value: equation } } as const
  b.add({ op: 'Einsum', name: 'sum', inputs: operands, outputs: ['summed'], attributes })
  b.output('y', 'summed', 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('net'), metadata: {} }
}

const opsOf = ({ graph }: Model) => graph.nodes.slice(0, -1).map(({ op }) => op)

/** Equations with the operators that they become. */
const cases: readonly [string, readonly Shape[], readonly string[]][] = [
  ['ni->ni', [['N', 3]], ['Identity']],
  ['nchw->nhwc', [['N', 3, 2, 4]], ['Transpose']],
  ['nchw->nc', [['N', 3, 2, 4]], ['ReduceSum']],
  ['nchw->cn', [['N', 3, 2, 4]], ['ReduceSum', 'Transpose']],
  [
    'bi,io->bo',
    [
      ['N', 3],
      [3, 4],
    ],
    ['MatMul'],
  ],
  [
    'bti,oi->bto',
    [
      ['N', 2, 3],
      [4, 3],
    ],
    ['Transpose', 'MatMul'],
  ],
  [
    'oi,bti->bto',
    [
      [4, 3],
      ['N', 2, 3],
    ],
    ['Transpose', 'MatMul'],
  ],
  [
    'bchw,cd->bdhw',
    [
      ['N', 3, 2, 4],
      [3, 5],
    ],
    ['Transpose', 'MatMul', 'Transpose'],
  ],
  [
    'bthd,hde->bte',
    [
      ['N', 2, 3, 4],
      [3, 4, 5],
    ],
    ['Reshape', 'Reshape', 'MatMul'],
  ],
  [
    'bte,ehd->bthd',
    [
      ['N', 2, 6],
      [6, 3, 4],
    ],
    ['Reshape', 'MatMul', 'Reshape'],
  ],
  [
    'bthd,hde->bthe',
    [
      ['N', 2, 3, 4],
      [3, 4, 5],
    ],
    ['Reshape', 'Reshape', 'Mul', 'ReduceSum'],
  ],
  [
    'bhid,bhjd->bhij',
    [
      ['N', 2, 3, 4],
      ['N', 2, 5, 4],
    ],
    ['Transpose', 'MatMul'],
  ],
  [
    'bhij,bhjd->bihd',
    [
      ['N', 2, 3, 4],
      ['N', 2, 4, 5],
    ],
    ['MatMul', 'Transpose'],
  ],
  [
    'bi,bi->b',
    [
      ['N', 3],
      ['N', 3],
    ],
    ['Reshape', 'Reshape', 'MatMul', 'Reshape'],
  ],
  ['bi,i->bi', [['N', 3], [3]], ['Reshape', 'Mul']],
  [
    'bi,bj->bij',
    [
      ['N', 3],
      ['N', 2],
    ],
    ['Reshape', 'Reshape', 'Mul'],
  ],
  [
    'bi,bj->bji',
    [
      ['N', 3],
      ['N', 2],
    ],
    ['Reshape', 'Reshape', 'Mul'],
  ],
  [
    '...i,ij->...j',
    [
      ['N', 2, 3],
      [3, 4],
    ],
    ['MatMul'],
  ],
  [
    '...ij,...jk->...ik',
    [
      ['N', 2, 3, 4],
      ['N', 1, 4, 5],
    ],
    ['Squeeze', 'Reshape', 'MatMul', 'Reshape'],
  ],
  [
    '...ij,...j',
    [
      ['N', 3, 4],
      ['N', 4],
    ],
    ['Reshape', 'MatMul', 'Reshape'],
  ],
  [
    'bid,de,ef->bif',
    [
      ['N', 2, 3],
      [3, 4],
      [4, 5],
    ],
    ['MatMul', 'MatMul'],
  ],
  [
    'bid,bjd,bje->bie',
    [
      ['N', 2, 3],
      ['N', 4, 3],
      ['N', 4, 5],
    ],
    ['Transpose', 'MatMul', 'MatMul'],
  ],
  [
    'bi,bj,bk->bijk',
    [
      ['N', 2],
      ['N', 3],
      ['N', 4],
    ],
    ['Reshape', 'Reshape', 'Mul', 'Reshape', 'Reshape', 'Mul'],
  ],
  [
    'bik,ij->bj',
    [
      ['N', 2, 3],
      [2, 4],
    ],
    ['ReduceSum', 'MatMul'],
  ],
]

describe('lowerEinsum', () => {
  it.each(cases)('writes %s of %j as %j', async (equation, shapes, ops) => {
    const model = einsum(equation, shapes)
    const lowered = lowerEinsum(model)
    expect(opsOf(lowered)).toEqual(ops)
    expect(lowered.graph.nodes.map(({ name }) => name)).toContain('sum')
    await expectSameResults(model, lowered, 1e-6)
  })

  it('gives the name to the node that computes', () => {
    const { nodes } = lowerEinsum(
      einsum('bchw,cd->bdhw', [
        ['N', 3, 2, 4],
        [3, 5],
      ]),
    ).graph
    expect(nodes.slice(0, 3).map(({ name, op }) => [name, op])).toEqual([
      ['sum/Transpose', 'Transpose'],
      ['sum', 'MatMul'],
      ['sum/Transpose_1', 'Transpose'],
    ])
  })

  it.each<[string, string, readonly Shape[]]>([
    ['diagonals', 'bii->bi', [['N', 3, 3]]],
    ['sums over samples', 'bi->i', [['N', 3]]],
    [
      'pairs of samples',
      'ad,bd->ab',
      [
        ['N', 3],
        ['N', 3],
      ],
    ],
    [
      'constants',
      'ij,jk->ik',
      [
        [2, 3],
        [3, 4],
      ],
    ],
  ])('leaves %s alone (%s)', (_name, equation, shapes) => {
    expect(opsOf(lowerEinsum(einsum(equation, shapes)))).toEqual(['Einsum'])
  })
})
