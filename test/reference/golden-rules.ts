import type { Node } from '@crp-serve/onnx'
import type {
  GoldenBound,
  GoldenCanonizer,
  GoldenCase,
  GoldenRule,
  GoldenStabilizer,
} from '../support/goldens.ts'
import { modelCard } from '../support/goldens.ts'
import type { Rules } from './composites.ts'
import type { Bound } from './linear-rules.ts'
import type { Rule } from './rules.ts'
import type { Stabilizer } from './stabilizer.ts'
import { tensor } from './tensor.ts'

/** Where a module of the original model is in one export, as the model card has it. */
interface CardLayer {
  readonly type: string
  readonly tensor?: string
  readonly canonized?: { readonly tensor: string }
  readonly scope_nodes?: readonly string[]
}

interface Card {
  readonly layer_maps_by_canonizers: Record<string, Record<string, Record<string, CardLayer>>>
}

/** The modules of the case's model in a variant, under the case's canonizers. */
function cardLayers(golden: GoldenCase, variant: string): Record<string, CardLayer> {
  const maps = (modelCard(golden) as Card).layer_maps_by_canonizers
  const wanted = JSON.stringify(golden.info.canonizers)
  const key = Object.keys(maps).find((text) => JSON.stringify(JSON.parse(text)) === wanted)
  const layers = maps[key ?? '[]']?.[variant]
  if (!layers) throw new Error(`${golden.name}: no map of the layers in ${variant}`)
  return layers
}

const familyOfModule: readonly (readonly [RegExp, string])[] = [
  [/^Conv/, 'convolution'],
  [/^Linear$/, 'linear'],
  [/^BatchNorm/, 'batch_norm'],
  [/AvgPool/, 'average_pool'],
  [/^Sum$/, 'sum'],
  [/./, 'activation'],
]

const familyOfNode: Readonly<Record<string, string>> = {
  Conv: 'convolution',
  ConvTranspose: 'convolution',
  Gemm: 'linear',
  MatMul: 'linear',
  BatchNormalization: 'batch_norm',
  AveragePool: 'average_pool',
  GlobalAveragePool: 'average_pool',
  ReduceMean: 'average_pool',
  Add: 'sum',
  ReduceSum: 'sum',
  Relu: 'activation',
  Sigmoid: 'activation',
  Clip: 'activation',
}

const stabilizerOf = (given: GoldenStabilizer | undefined): Stabilizer =>
  typeof given === 'object'
    ? { epsilon: given.epsilon, clip: given.clip, normScale: given.norm_scale, dim: given.dim }
    : (given ?? 1e-6)

const boundOf = (bound: GoldenBound | undefined): Bound =>
  typeof bound === 'object' ? tensor(bound.tensor_shape, bound.data) : bound!

/** A rule of case.json as the reference writes it. */
export function goldenRule(given: GoldenRule): Rule {
  const zeroBias = given.zero_params?.includes('bias') ?? false
  const options = { stabilizer: stabilizerOf(given.epsilon ?? given.stabilizer), zeroBias }
  const rules: Readonly<Record<string, Rule>> = {
    Epsilon: { name: 'epsilon', ...options },
    ZPlus: { name: 'z_plus', ...options },
    AlphaBeta: { name: 'alpha_beta', alpha: given.alpha!, beta: given.beta!, ...options },
    Gamma: { name: 'gamma', gamma: given.gamma!, ...options },
    ZBox: { name: 'z_box', low: boundOf(given.low), high: boundOf(given.high), ...options },
    WSquare: { name: 'w_square', ...options },
    Flat: { name: 'flat', ...options },
    Norm: { name: 'norm', stabilizer: options.stabilizer },
    Pass: { name: 'pass' },
    ReLUDeconvNet: { name: 'relu_deconvnet' },
    ReLUGuidedBackprop: { name: 'relu_guided_backprop' },
    ReLUBetaSmooth: { name: 'relu_beta_smooth', betaSmooth: given.beta_smooth! },
  }
  const rule = rules[given.rule]
  if (!rule) throw new Error(`unknown rule ${given.rule}`)
  return rule
}

/** Names that a module's rule is found under: its tensor, and the nodes in its scope. */
const namesOf = (layer: CardLayer | undefined): string[] => {
  const found = layer?.tensor ?? layer?.canonized?.tensor
  return [...(found ? [found] : []), ...(layer?.scope_nodes ?? [])]
}

/** The rules of a case by module (`resolved_rules`) as rules of the nodes of one of its exports. */
export function resolvedRules(golden: GoldenCase, variant: string): Rules {
  const layers = cardLayers(golden, variant)
  const located = new Map<string, Rule>()
  // Modules that are called twice have no place in the card; their rule holds for their whole family.
  const general = new Map<string, Rule>()
  for (const [module, given] of Object.entries(golden.info.resolved_rules)) {
    const family = familyOfModule.find(([pattern]) => pattern.test(layers[module]?.type ?? ''))?.[1]
    const names = namesOf(layers[module])
    for (const name of names) located.set(`${family} ${name}`, goldenRule(given))
    if (names.length === 0 && family) general.set(family, goldenRule(given))
  }
  return (node) => {
    const family = familyOfNode[node.op]
    const found = [node.outputs[0], node.name].map((name) => located.get(`${family} ${name}`)).find(Boolean)
    return found ?? general.get(family ?? '') ?? null
  }
}

/** Whether a canonizer of the case merges a batch norm, given the names of the norm's tensor and node. */
function merges(
  canonizer: GoldenCanonizer,
  names: readonly string[],
  layers: Record<string, CardLayer>,
): boolean {
  if (typeof canonizer === 'string') return true
  return canonizer.named_merge_batchnorm.some(([, norm]) =>
    namesOf(layers[norm]).some((name) => names.includes(name)),
  )
}

/** Which batch norms of an export the case's canonizers merge. */
export function mergedNorms(golden: GoldenCase, variant: string): (norm: Node) => boolean {
  const layers = cardLayers(golden, variant)
  return (norm) =>
    golden.info.canonizers.some((canonizer) => merges(canonizer, [norm.outputs[0]!, norm.name], layers))
}
