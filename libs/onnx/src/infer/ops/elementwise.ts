import { elementCount } from '../../graph/constants.ts'
import type { DataType, Dim, TensorType } from '../../graph/types.ts'
import { broadcastShapes } from '../broadcast.ts'
import { type NodeContext, type ShapeFunction, withElements } from '../context.ts'
import * as dims from '../dims.ts'
import { type Element, isFixed } from '../dims.ts'
import { broadcastTo, maxKnown } from '../elements.ts'

/** How known elements go through an operator; absent where they are not followed. */
type Evaluate = (...elements: readonly Dim[]) => Element

const floats: ReadonlySet<DataType> = new Set(['float32', 'float64', 'float16', 'bfloat16'])

/** An evaluator's result as the element type stores it. */
function stored(value: Element, dataType: DataType): Element {
  if (value === null || !isFixed(value)) return floats.has(dataType) ? null : value
  if (floats.has(dataType)) return dataType === 'float32' ? Math.fround(value) : value
  return value + 0 // no negative zero
}

function evaluated(
  c: NodeContext,
  type: TensorType,
  evaluate: Evaluate | undefined,
): readonly Element[] | undefined {
  if (evaluate === undefined || !type.shape.every(isFixed) || elementCount(type.shape) > maxKnown)
    return undefined
  const shape = type.shape
  const inputs = c.node.inputs.map((_, i) => c.known(i)).map((known) => known && broadcastTo(known, shape))
  if (inputs.some((input) => input === undefined)) return undefined
  return Array.from({ length: elementCount(shape) }, (_, at) => {
    const elements = inputs.map((input) => input![at] ?? null)
    return elements.every((element) => element !== null) ? stored(evaluate(...elements), type.dataType) : null
  })
}

const fixedOnly =
  (f: (...values: number[]) => number): Evaluate =>
  (...elements) =>
    elements.every(isFixed) ? f(...elements) : null

/** An operator on elements with one input: the type stays. */
const unary =
  (evaluate?: Evaluate): ShapeFunction =>
  (c) => {
    const type = c.input(0)
    return [withElements(type, evaluated(c, type, evaluate))]
  }

/** An operator on elements with broadcasting; `dataType` where the result has another type than the last input. */
const broadcasting =
  (evaluate?: Evaluate, dataType?: DataType): ShapeFunction =>
  (c) => {
    const shapes = c.node.inputs.map((_, i) => c.shape(i))
    const last = c.node.inputs.length - 1
    const type = { dataType: dataType ?? c.dataType(last), shape: broadcastShapes(c, shapes) }
    return [withElements(type, evaluated(c, type, evaluate))]
  }

const truth = (value: boolean | null): Element => (value === null ? null : value ? 1 : 0)

const ordered = (holds: (order: -1 | 0 | 1) => boolean): Evaluate => {
  return (a, b) => {
    const order = dims.compare(a!, b!)
    return order === null ? null : truth(holds(order))
  }
}

const compared = (evaluate?: Evaluate): ShapeFunction => broadcasting(evaluate, 'bool')

const divide: ShapeFunction = (c) => {
  const real = floats.has(c.dataType(0))
  return broadcasting(real ? fixedOnly((a, b) => a / b) : (a, b) => dims.divide(a!, b!))(c)
}

const modulo: ShapeFunction = (c) => {
  const fmod = c.node.attributes['fmod']?.value === 1
  return broadcasting(fmod ? fixedOnly((a, b) => a % b) : (a, b) => dims.modulo(a!, b!))(c)
}

const where: Evaluate = (condition, a, b) => (condition !== 0 ? a! : b!)

/** Powers of floats are not followed: they are rounded differently everywhere. */
const power: ShapeFunction = (c) => {
  const whole = c.node.inputs.every((_, i) => !floats.has(c.dataType(i)))
  const [type] = broadcasting(whole ? fixedOnly((a, b) => a ** b) : undefined)(c)
  return [{ ...type!, dataType: c.dataType(0) }]
}

/** The slope of PRelu broadcasts to the input only. */
const keepsFirst: ShapeFunction = (c) => [c.input(0)]

/** Halves round to the even neighbour (ONNX operator Round). */
function roundHalfEven(x: number): number {
  const low = Math.floor(x)
  if (x - low !== 0.5) return Math.round(x)
  return low % 2 === 0 ? low : low + 1
}

const clip: ShapeFunction = (c) => {
  const low = c.has(1) ? c.known(1)?.elements[0] : Number.NEGATIVE_INFINITY
  const high = c.has(2) ? c.known(2)?.elements[0] : Number.POSITIVE_INFINITY
  const type = c.input(0)
  const elements = c.known(0)?.elements.map((e): Element => {
    if (e === null || low === null || high === null || low === undefined || high === undefined) return null
    const raised = dims.maximum(e, low)
    return raised === null ? null : dims.minimum(raised, high)
  })
  return [withElements(type, elements)]
}

const unaryOps = [
  ...[
    'Acos',
    'Acosh',
    'Asin',
    'Asinh',
    'Atan',
    'Atanh',
    'BitwiseNot',
    'Celu',
    'Cos',
    'Cosh',
    'Elu',
    'Erf',
    'Exp',
  ],
  ...[
    'Gelu',
    'HardSigmoid',
    'HardSwish',
    'LeakyRelu',
    'Log',
    'Mish',
    'Selu',
    'Shrink',
    'Sigmoid',
    'Sign',
    'Sin',
  ],
  ...['Sinh', 'Softplus', 'Softsign', 'Tan', 'Tanh', 'ThresholdedRelu', 'Hardmax', 'LogSoftmax', 'Softmax'],
]

/** Operators that work element by element. */
export const elementwise: Readonly<Record<string, ShapeFunction>> = {
  ...Object.fromEntries(unaryOps.map((op) => [op, unary()])),
  Identity: unary((a) => a!),
  Abs: unary(fixedOnly(Math.abs)),
  Ceil: unary(fixedOnly(Math.ceil)),
  Floor: unary(fixedOnly(Math.floor)),
  Round: unary(fixedOnly(roundHalfEven)),
  Sqrt: unary(fixedOnly(Math.sqrt)),
  Reciprocal: unary(fixedOnly((a) => 1 / a)),
  Neg: unary((a) => dims.negate(a!)),
  Relu: unary((a) => dims.maximum(a!, 0)),
  Not: unary(fixedOnly((a) => 1 - a)),
  IsNaN: compared(),
  IsInf: compared(),
  Clip: clip,
  PRelu: keepsFirst,
  Add: broadcasting((a, b) => dims.add(a!, b!)),
  Sub: broadcasting((a, b) => dims.subtract(a!, b!)),
  Mul: broadcasting((a, b) => dims.multiply(a!, b!)),
  Div: divide,
  Mod: modulo,
  Pow: power,
  Max: broadcasting((...all) =>
    all.reduce<Element>((a, b) => (a === null ? null : dims.maximum(a, b)), all[0]!),
  ),
  Min: broadcasting((...all) =>
    all.reduce<Element>((a, b) => (a === null ? null : dims.minimum(a, b)), all[0]!),
  ),
  Sum: broadcasting(),
  Mean: broadcasting(),
  And: compared(fixedOnly((a, b) => a & b)),
  Or: compared(fixedOnly((a, b) => a | b)),
  Xor: compared(fixedOnly((a, b) => a ^ b)),
  BitShift: broadcasting(),
  BitwiseAnd: broadcasting(),
  BitwiseOr: broadcasting(),
  BitwiseXor: broadcasting(),
  Equal: compared((a, b) => truth(dims.equal(a!, b!))),
  Greater: compared(ordered((order) => order > 0)),
  GreaterOrEqual: compared(ordered((order) => order >= 0)),
  Less: compared(ordered((order) => order < 0)),
  LessOrEqual: compared(ordered((order) => order <= 0)),
  Where: broadcasting(where),
}
