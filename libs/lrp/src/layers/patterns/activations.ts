import { keepsSign } from '../../operators/operands.ts'
import { fusedActivation } from '../through-nodes.ts'
import { fusedLayer } from './fused.ts'
import { any, constant, node, product, sum, type Term, x } from './match.ts'
import type { LayerPattern } from './pattern.ts'

/**
 * Activations that PyTorch's exporters write as several nodes (semantics.md, section 6), recognised by data flow:
 * each is one layer of the type `activation`.
 */

const always = (): boolean => true
const never = (): boolean => false

const scaled = (term: Term): Term => any(term, product(term, constant()))

/** x * sigmoid(b x): SiLU (b = 1), Swish and the sigmoid form of GELU. */
const silu = product(x, node('Sigmoid', scaled(x)))

/** x / 2 * (1 + erf(x / sqrt 2)). */
const gelu = product(x, sum(node('Erf', product(x, constant(Math.SQRT1_2))), constant(1)), constant(0.5))

const cube = any(
  product(constant(0.044715), x, x, x),
  product(constant(0.044715), node('Pow', x, constant(3))),
)

/** x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))). */
const tanhGelu = product(
  x,
  sum(node('Tanh', product(constant(Math.sqrt(2 / Math.PI)), sum(x, cube))), constant(1)),
  constant(0.5),
)

/** log(1 + e^(b x)) / b, and x itself above a threshold. */
const plainSoftplus = any(node('Softplus', x), product(node('Softplus', product(x, constant())), constant()))
const softplus = any(plainSoftplus, node('Where', node('Greater', scaled(x), constant()), x, plainSoftplus))

/** x / (1 + |x|). */
const softsign = node('Div', x, sum(node('Abs', x), constant(1)))

/** x * tanh(softplus(x)). */
const mish = product(x, node('Tanh', softplus))

const relu6 = node('Clip', sum(x, constant(3)), constant(), constant(6))
const hardSigmoid = product(relu6, constant(1 / 6))
const hardSwish = any(product(x, node('HardSigmoid', x)), product(x, relu6, constant(1 / 6)))

const logSigmoid = node('Log', node('Sigmoid', x))
const tanhShrink = node('Sub', x, node('Tanh', x))
const scaledElu = scaled(node('Elu', scaled(x)))

/** Zero, or another constant, where x or its magnitude is small: Hardshrink, Threshold. */
const cutOff = any(
  node('Where', node('LessOrEqual', any(x, node('Abs', x)), constant()), constant(), x),
  node(
    'Where',
    node('Or', node('Cast', node('Greater', x, constant())), node('Cast', node('Less', x, constant()))),
    x,
    constant(),
  ),
)

/** x moved towards zero by a constant, and zero where it is smaller than that: Softshrink. */
const softShrink = any(
  sum(
    node('Where', node('Greater', x, constant()), node('Sub', x, constant()), constant()),
    node('Where', node('Less', x, constant()), sum(x, constant()), constant()),
  ),
  node(
    'Where',
    node('Greater', node('Abs', x), constant()),
    node('Sub', x, product(node('Sign', x), constant())),
    product(x, constant()),
  ),
)

/** Every activation of several nodes. */
export const activations: readonly LayerPattern[] = [
  fusedLayer(fusedActivation('SiLU', keepsSign), silu),
  fusedLayer(fusedActivation('GELU', keepsSign), any(gelu, tanhGelu)),
  fusedLayer(fusedActivation('Mish', keepsSign), mish),
  fusedLayer(fusedActivation('Softplus', always), softplus),
  fusedLayer(fusedActivation('Softsign', keepsSign), softsign),
  fusedLayer(fusedActivation('HardSwish', keepsSign), hardSwish),
  fusedLayer(fusedActivation('HardSigmoid', always), hardSigmoid),
  fusedLayer(fusedActivation('LogSigmoid', never), logSigmoid),
  fusedLayer(fusedActivation('Tanhshrink', keepsSign), tanhShrink),
  fusedLayer(fusedActivation('ELU', never), scaledElu),
  fusedLayer(fusedActivation('Hardshrink', never), cutOff),
  fusedLayer(fusedActivation('Softshrink', keepsSign), softShrink),
]
