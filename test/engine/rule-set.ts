import type { CompositeSpec } from '@crp-serve/lrp'
import type { Graph, Node } from '@crp-serve/onnx'
import fc from 'fast-check'
import { descendants, inputName } from '../reference/evaluate.ts'
import type { Bound } from '../reference/linear-rules.ts'
import type { Options } from '../reference/lrp.ts'
import type { Rule } from '../reference/rules.ts'
import type { Stabilizer } from '../reference/stabilizer.ts'
import { tensor } from '../reference/tensor.ts'

/** Layer types of the API that rules are drawn for. */
export const families = [
  'convolution',
  'linear',
  'activation',
  'sum',
  'average_pool',
  'batch_norm',
  'max_pool',
  'softmax',
] as const
export type Family = (typeof families)[number]

/** One rule, as a request writes it and as the reference takes it. */
export interface RuleChoice {
  readonly request: Readonly<Record<string, unknown>>
  readonly reference: Rule
}

/** The rule of every family. */
export type RuleSet = Readonly<Record<Family, RuleChoice>>

/** A rule set as a composite of a request. */
export const compositeOf = (rules: RuleSet, mergeBatchNorm: boolean): CompositeSpec =>
  ({
    layers: families.map((type) => ({ match: { type }, rule: rules[type].request })),
    base: null,
    canonize: { merge_batch_norm: mergeBatchNorm },
  }) as unknown as CompositeSpec

const familyOfOp: Readonly<Record<string, Family>> = {
  Conv: 'convolution',
  ConvTranspose: 'convolution',
  Gemm: 'linear',
  MatMul: 'linear',
  Relu: 'activation',
  Sigmoid: 'activation',
  Add: 'sum',
  ReduceSum: 'sum',
  AveragePool: 'average_pool',
  GlobalAveragePool: 'average_pool',
  ReduceMean: 'average_pool',
  BatchNormalization: 'batch_norm',
  MaxPool: 'max_pool',
  Softmax: 'softmax',
}

/** A rule set as the reference takes it. An addition of a constant is no sum. */
export function referenceRules(graph: Graph, rules: RuleSet): Options['rules'] {
  const dynamic = descendants(graph.nodes, inputName(graph))
  const isBias = (node: Node) => node.op === 'Add' && !node.inputs.every((name) => dynamic.has(name))
  return (node) => {
    const family = familyOfOp[node.op]
    return family === undefined || isBias(node) ? null : rules[family].reference
  }
}

interface StabilizerChoice {
  readonly request: unknown
  readonly reference: Stabilizer
}

const epsilons = fc.constantFrom(1e-6, 1e-4, 0.01, 0.25)

type Axes = readonly number[] | null

/** Every option of a stabilizer, with its norm over one of the given choices of axes. */
const stabilizers = (dims: readonly Axes[]): fc.Arbitrary<StabilizerChoice> => {
  const objects = fc.record({
    epsilon: epsilons,
    normScale: fc.boolean(),
    clip: fc.boolean(),
    dim: fc.constantFrom(...dims),
  })
  return fc.oneof(
    fc.constant({ request: null, reference: 1e-6 }),
    epsilons.map((epsilon) => ({ request: epsilon, reference: epsilon })),
    objects.map((given) => ({
      request: { epsilon: given.epsilon, norm_scale: given.normScale, clip: given.clip, dim: given.dim },
      reference: given,
    })),
  )
}

/** What the rules on parameters have in common. */
interface SharedOptions {
  readonly stabilizer: StabilizerChoice
  readonly zeroBias: boolean
}

/** A rule on parameters with its shared options. */
function choice(
  { stabilizer, zeroBias }: SharedOptions,
  request: Readonly<Record<string, unknown>>,
  reference: Record<string, unknown>,
): RuleChoice {
  const parameter = request['name'] === 'epsilon' ? 'epsilon' : 'stabilizer'
  return {
    request: { ...request, [parameter]: stabilizer.request, zero_params: zeroBias ? ['bias'] : null },
    reference: { ...reference, stabilizer: stabilizer.reference, zeroBias } as unknown as Rule,
  }
}

/** Numbers beyond [-1, 1], exact in float32, so that no input lies outside the box. */
const margins = fc.integer({ min: 5, max: 8 }).map((quarters) => quarters / 4)

interface BoundChoice {
  readonly request: unknown
  readonly reference: Bound
}

/** A bound of the given sign: one number, one per channel, or a tensor whose last axes may be missing. */
function bounds(sign: 1 | -1, sizes: readonly number[]): fc.Arbitrary<BoundChoice> {
  const count = sizes.reduce((a, b) => a * b, 1)
  const values = fc.array(margins, { minLength: count, maxLength: count })
  const form = fc.integer({ min: -1, max: sizes.length })
  return fc.tuple(values, form, fc.boolean()).map(([all, axes, perChannel]) => {
    const signed = all.map((value) => sign * value)
    if (axes < 0) return { request: signed[0]!, reference: signed[0]! }
    const dims = [1, ...sizes.slice(0, axes)]
    const data = signed.slice(
      0,
      dims.reduce((a, b) => a * b, 1),
    )
    const request = axes === 1 && perChannel ? data : { dims, data }
    return { request, reference: tensor(dims, data) }
  })
}

/** Every rule on parameters, for a layer whose input has the given sizes without the batch. */
const linearRules = (
  sizes: readonly number[],
  stabilizer: fc.Arbitrary<StabilizerChoice>,
): fc.Arbitrary<RuleChoice> =>
  fc
    .record({
      options: fc.record({ stabilizer, zeroBias: fc.boolean() }),
      name: fc.constantFrom('epsilon', 'gamma', 'z_plus', 'alpha_beta', 'z_box', 'w_square', 'flat'),
      beta: fc.constantFrom(0, 0.5, 1),
      gamma: fc.constantFrom(0, 0.25, 1),
      low: bounds(-1, sizes),
      high: bounds(1, sizes),
    })
    .map(({ options, name, beta, gamma, low, high }) => {
      if (name === 'gamma') return choice(options, { name, gamma }, { name, gamma })
      if (name === 'z_box') {
        const request = { name, low: low.request, high: high.request }
        return choice(options, request, { name, low: low.reference, high: high.reference })
      }
      if (name !== 'alpha_beta') return choice(options, { name }, { name })
      const weights = { alpha: 1 + beta, beta }
      return choice(options, { name, ...weights }, { name, ...weights })
    })

const plain = (name: 'pass' | 'gradient' | 'relu_deconvnet' | 'relu_guided_backprop'): RuleChoice => ({
  request: { name },
  reference: { name },
})

const norm = ({ request, reference }: StabilizerChoice): RuleChoice => ({
  request: { name: 'norm', stabilizer: request },
  reference: { name: 'norm', stabilizer: reference },
})

// ONNX Runtime's Sigmoid keeps its absolute error where it is small: far below zero no digit of it is right.
const smooth = fc.constantFrom(1, 3).map(
  (beta): RuleChoice => ({
    request: { name: 'relu_beta_smooth', beta_smooth: beta },
    reference: { name: 'relu_beta_smooth', betaSmooth: beta },
  }),
)

/**
 * Rule sets for models whose layers with parameters have inputs of the given sizes (without the batch).
 * @param dims axes that a stabilizer's norm may be taken over; null: all but the batch. Where all values of such a
 *   slice are zero the stabilizer is zero too, and the quotient is not a number
 */
export function ruleSets(sizes: readonly number[], dims: readonly Axes[]): fc.Arbitrary<RuleSet> {
  const stabilizer = stabilizers(dims)
  const [norms, gradients, passes] = [
    stabilizer.map(norm),
    fc.constant(plain('gradient')),
    fc.constant(plain('pass')),
  ]
  const deconvnet = fc.constant(plain('relu_deconvnet'))
  const guided = fc.constant(plain('relu_guided_backprop'))
  const withParameters = fc.oneof(
    { arbitrary: linearRules(sizes, stabilizer), weight: 7 },
    { arbitrary: norms, weight: 1 },
    { arbitrary: gradients, weight: 1 },
  )
  return fc.record({
    convolution: withParameters,
    linear: withParameters,
    activation: fc.oneof(passes, gradients, norms, smooth, deconvnet, guided),
    sum: fc.oneof(norms, gradients),
    average_pool: fc.oneof(norms, gradients),
    batch_norm: fc.oneof(passes, gradients, norms),
    max_pool: fc.oneof(norms, gradients),
    softmax: fc.oneof(norms, gradients, passes),
  })
}
