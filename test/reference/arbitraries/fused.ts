import { constants, floatAttribute } from '@crp-serve/onnx'
import fc from 'fast-check'
import { type Blueprint, type Emitter, layers } from './layer.ts'
import { imageShape } from './structure.ts'

/** Emits commutative nodes with their operands in one order or the other. */
class Arithmetic {
  readonly #e: Emitter
  readonly #swap: boolean

  constructor(e: Emitter, swap: boolean) {
    this.#e = e
    this.#swap = swap
  }

  number(value: number): string {
    return this.#e.b.scalar(value)
  }

  op(name: string, ...inputs: readonly string[]): string {
    return this.#e.b.op(name, inputs)
  }

  mul(a: string, b: string): string {
    return this.#swap ? this.op('Mul', b, a) : this.op('Mul', a, b)
  }

  add(a: string, b: string): string {
    return this.#swap ? this.op('Add', b, a) : this.op('Add', a, b)
  }

  mean(x: string): string {
    return this.#e.b.op('ReduceMean', [x, this.#e.b.initializer('axes', constants.int64([-1]))], {
      keepdims: 1,
    })
  }
}

type Emit = (a: Arithmetic, x: string) => string

const softplus: Emit = (a, x) => a.op('Where', a.op('Greater', x, a.number(20)), x, a.op('Softplus', x))

const relu6: Emit = (a, x) => a.op('Clip', a.add(x, a.number(3)), a.number(0), a.number(6))

const cubic: Emit = (a, x) => a.add(x, a.mul(a.number(0.044715), a.mul(x, a.mul(x, x))))

/** Activations as PyTorch's exporters write them (semantics.md, section 6). */
const fusedActivations: Readonly<Record<string, Emit>> = {
  silu: (a, x) => a.mul(x, a.op('Sigmoid', x)),
  swish: (a, x) => a.mul(x, a.op('Sigmoid', a.mul(x, a.number(1.702)))),
  gelu: (a, x) => {
    const erf = a.op('Erf', a.op('Div', x, a.number(Math.SQRT2)))
    return a.mul(a.mul(x, a.add(erf, a.number(1))), a.number(0.5))
  },
  geluHalfFirst: (a, x) => {
    const erf = a.op('Erf', a.mul(x, a.number(Math.SQRT1_2)))
    return a.mul(a.mul(a.number(0.5), x), a.add(a.number(1), erf))
  },
  geluTanh: (a, x) => {
    const tanh = a.op('Tanh', a.mul(a.number(Math.sqrt(2 / Math.PI)), cubic(a, x)))
    return a.mul(a.number(0.5), a.mul(x, a.add(a.number(1), tanh)))
  },
  softplus,
  softplusBeta: (a, x) => a.op('Div', a.op('Softplus', a.mul(x, a.number(2))), a.number(2)),
  softplusBoth: (a, x) => {
    const scaled = a.mul(x, a.number(2))
    const curve = a.op('Div', a.op('Softplus', scaled), a.number(2))
    return a.op('Where', a.op('Greater', scaled, a.number(5)), x, curve)
  },
  softsign: (a, x) => a.op('Div', x, a.add(a.number(1), a.op('Abs', x))),
  mish: (a, x) => a.mul(x, a.op('Tanh', a.op('Softplus', x))),
  mishWithThreshold: (a, x) => a.mul(x, a.op('Tanh', softplus(a, x))),
  hardSwish: (a, x) => a.op('Div', a.mul(x, relu6(a, x)), a.number(6)),
  hardSwishInside: (a, x) => a.mul(a.mul(relu6(a, x), a.number(1 / 6)), x),
  hardSigmoid: (a, x) => a.op('Div', relu6(a, x), a.number(6)),
  logSigmoid: (a, x) => a.op('Log', a.op('Sigmoid', x)),
  tanhShrink: (a, x) => a.op('Sub', x, a.op('Tanh', x)),
  softShrink: (a, x) => {
    const upper = a.op('Where', a.op('Greater', x, a.number(0.5)), a.op('Sub', x, a.number(0.5)), a.number(0))
    const lower = a.op('Where', a.op('Less', x, a.number(-0.5)), a.add(x, a.number(0.5)), a.number(0))
    return a.add(upper, lower)
  },
}

/** Normalizations as older operator sets have them. */
const fusedNormalizations: Readonly<Record<string, Emit>> = {
  layerNorm: (a, x) => {
    const centred = a.op('Sub', x, a.mean(x))
    const variance = a.mean(a.op('Pow', centred, a.number(2)))
    const normalized = a.op('Div', centred, a.op('Sqrt', a.add(variance, a.number(0.125))))
    return a.add(a.mul(normalized, a.number(0.75)), a.number(0.25))
  },
  layerNormBare: (a, x) => {
    const centred = a.op('Sub', x, a.mean(x))
    return a.op('Div', centred, a.op('Sqrt', a.add(a.mean(a.mul(centred, centred)), a.number(0.125))))
  },
  rmsNorm: (a, x) => {
    const size = a.op('Sqrt', a.add(a.mean(a.op('Pow', x, a.number(2))), a.number(0.125)))
    return a.mul(a.mul(x, a.op('Reciprocal', size)), a.number(0.75))
  },
}

const drawn = (kind: Blueprint['kind'], table: Readonly<Record<string, Emit>>) =>
  layers(
    fc.tuple(imageShape, fc.constantFrom(...Object.values(table)), fc.boolean()).map(
      ([shape, emit, swap]): Blueprint => ({
        kind,
        shape,
        opset: 18,
        emit: (e) =>
          emit(new Arithmetic(e, swap), e.b.op('LeakyRelu', [e.x], { alpha: floatAttribute(0.5) })),
      }),
    ),
  )

/** An activation of several nodes behind one of one node. */
export const fusedActivationLayer = drawn('activation', fusedActivations)

/** A normalization of several nodes behind an activation. */
export const fusedNormalizationLayer = drawn('normalization', fusedNormalizations)
