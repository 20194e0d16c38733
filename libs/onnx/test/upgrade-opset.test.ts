import { describe, expect, test } from 'vitest'
import { baseOpset, inferTypes, upgradeOpset, verify, writeModel } from '../src/index.ts'
import { type Case, modelOf } from './cases.ts'
import { inputShapes } from './check.ts'
import { run } from './ort.ts'

const cases: readonly Case[] = [
  ...(['Softmax', 'LogSoftmax', 'Hardmax'] as const).flatMap((op) =>
    [1, 2, 3, -1].map(
      (axis): Case => [
        `${op} at axis ${axis}`,
        11,
        (b, x) => b.output('y', b.op(op, [x], { axis }), 'float32', null),
      ],
    ),
  ),
  ...(['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceL2'] as const).map(
    (op): Case => [
      op,
      12,
      (b, x) => b.output('y', b.op(op, [x], { axes: [1, -1], keepdims: 0 }), 'float32', null),
    ],
  ),
  [
    'ReduceSum of operator set 13',
    13,
    (b, x) => b.output('y', b.op('ReduceSum', [x, b.ints([2])]), 'float32', null),
  ],
  [
    'Squeeze and Unsqueeze',
    11,
    (b, x) => {
      const wide = b.op('Unsqueeze', [x], { axes: [0, 3] })
      b.output('y', b.op('Squeeze', [wide], { axes: [3] }), 'float32', null)
    },
  ],
  [
    'Split',
    12,
    (b, x) => {
      const [first, second] = b.ops('Split', [x], 2, { axis: 2, split: [1, 5] })
      b.output('y', b.op('Concat', [second!, first!], { axis: 2 }), 'float32', null)
    },
  ],
  [
    'Split into equal parts',
    13,
    (b, x) => b.output('y', b.ops('Split', [x], 2, { axis: 1 })[1]!, 'float32', null),
  ],
  [
    'Dropout',
    11,
    (b, x) => b.output('y', b.op('Dropout', [x], { ratio: { kind: 'float', value: 0.5 } }), 'float32', null),
  ],
]

describe.each(cases)('%s (operator set %i)', (_name, opset, build) => {
  const model = modelOf(build, opset)
  const inferred = inferTypes(model)

  test('means the same in the forms of the base operator set', async () => {
    const shapes = inputShapes(model, inferred, 2)
    const expected = await run(writeModel(model), shapes)
    for (const ranks of [new Map(), inferred.types]) {
      const upgraded = upgradeOpset(model, (tensor) => ranks.get(tensor)?.shape.length)
      verify(upgraded)
      expect(upgraded.opsets).toEqual({ '': baseOpset })
      expect(await run(writeModel(upgraded), shapes)).toEqual(expected)
    }
  })
})
