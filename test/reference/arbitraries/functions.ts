import { floatAttribute, type PlainAttribute } from '@crp-serve/onnx'
import fc from 'fast-check'
import { type Blueprint, type Emitter, layers } from './layer.ts'
import { imageShape } from './structure.ts'

type Emit = (e: Emitter, x: string, shape: readonly number[]) => string

const floats = (given: Readonly<Record<string, number>>): Record<string, PlainAttribute> =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, floatAttribute(value)]))

const curve =
  (op: string, attributes: Record<string, PlainAttribute> = {}): Emit =>
  ({ b }, x) =>
    b.op(op, [x], attributes)

/** Functions of all numbers, with the options that exporters write. */
const curves: Readonly<Record<string, Emit>> = {
  ...Object.fromEntries(
    [
      ...['Abs', 'Atan', 'Ceil', 'Celu', 'Cos', 'Elu', 'Erf', 'Exp', 'Floor', 'HardSigmoid', 'HardSwish'],
      ...['LeakyRelu', 'Mish', 'Neg', 'Selu', 'Sign', 'Sin', 'Softplus', 'Softsign', 'Tanh'],
      ...['ThresholdedRelu', 'Gelu', 'Shrink'],
    ].map((op) => [op, curve(op)]),
  ),
  ClipBoth: ({ b }, x) => b.op('Clip', [x, b.scalar(-0.5), b.scalar(2)]),
  ClipLow: ({ b }, x) => b.op('Clip', [x, b.scalar(-0.25)]),
  ClipHigh: ({ b }, x) => b.op('Clip', [x, '', b.scalar(0.25)]),
  CeluAlpha: curve('Celu', floats({ alpha: 0.5 })),
  EluAlpha: curve('Elu', floats({ alpha: 0.25 })),
  GeluTanh: curve('Gelu', { approximate: 'tanh' }),
  HardSigmoidTorch: curve('HardSigmoid', floats({ alpha: 1 / 6 })),
  LeakyReluAlpha: curve('LeakyRelu', floats({ alpha: 0.3 })),
  Square: ({ b }, x) => b.op('Pow', [x, b.scalar(2)]),
  Cube: ({ b }, x) => b.op('Pow', [x, b.scalar(3)]),
  PRelu: ({ b, weight }, x, shape) => b.op('PRelu', [x, weight([shape[1]!, ...shape.slice(2).map(() => 1)])]),
  ShrinkSoft: curve('Shrink', floats({ bias: 0.75, lambd: 0.75 })),
  ThresholdedReluAlpha: curve('ThresholdedRelu', floats({ alpha: 0.5 })),
}

/** Functions of positive numbers. */
const positiveCurves: Readonly<Record<string, Emit>> = {
  ...Object.fromEntries(['Log', 'Reciprocal', 'Sqrt'].map((op) => [op, curve(op)])),
  Root: ({ b }, x) => b.op('Pow', [x, b.scalar(0.5)]),
  Powers: ({ b, fixed, values }, x, shape) => {
    const exponents = values(shape.at(-1)!).map((value) => 2 * value)
    return b.op('Pow', [x, fixed(exponents, [shape.at(-1)!])])
  },
}

const drawn = (table: Readonly<Record<string, Emit>>, prepare: (e: Emitter) => string) =>
  layers(
    fc.tuple(imageShape, fc.constantFrom(...Object.values(table))).map(
      ([shape, emit]): Blueprint => ({
        kind: 'function',
        shape,
        opset: 20,
        emit: (e) => emit(e, prepare(e), shape),
      }),
    ),
  )

/** One function of every element, on numbers from -4 to 4. */
export const curveLayer = drawn(curves, ({ b, x }) => b.op('Mul', [x, b.scalar(4)]))

/** One function of every element, on positive numbers. */
export const positiveCurveLayer = drawn(positiveCurves, ({ b, x }) =>
  b.op('Add', [b.op('Abs', [x]), b.scalar(0.5)]),
)
