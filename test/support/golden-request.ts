import type { CompositeSpec } from '@crp-serve/lrp'
import type { AttributionInfo, GoldenBound, GoldenRule, GoldenStabilizer, GoldenStart } from './goldens.ts'

type Entry = { match: { type: string } | { name: string }; rule: Record<string, unknown> }

/** zennit's class names as the rules' names in requests. */
const ruleNames: Readonly<Record<string, string>> = {
  Epsilon: 'epsilon',
  Gamma: 'gamma',
  ZPlus: 'z_plus',
  AlphaBeta: 'alpha_beta',
  ZBox: 'z_box',
  WSquare: 'w_square',
  Flat: 'flat',
  Norm: 'norm',
  Pass: 'pass',
  ReLUDeconvNet: 'relu_deconvnet',
  ReLUGuidedBackprop: 'relu_guided_backprop',
  ReLUBetaSmooth: 'relu_beta_smooth',
}

/** zennit's layer types as the types of api.md. */
const typeNames: Readonly<Record<string, string>> = {
  Activation: 'activation',
  AvgPool: 'average_pool',
  BatchNorm: 'batch_norm',
  Convolution: 'convolution',
  Linear: 'any_linear',
  Sum: 'sum',
  'torch.nn.Linear': 'linear',
  // The models that use it have no other activation.
  'torch.nn.ReLU': 'activation',
}

const bound = (value: GoldenBound | undefined) =>
  value === undefined || typeof value === 'number' ? value : { dims: value.tensor_shape, data: value.data }

const stabilizer = (value: GoldenStabilizer | undefined) => value

/** A rule of case.json as a request writes it; parameters that are absent or null stay away. */
function rule(golden: GoldenRule): Record<string, unknown> {
  const { rule: name, low, high, epsilon, stabilizer: stab, ...rest } = golden
  const request = {
    name: ruleNames[name],
    epsilon: stabilizer(epsilon),
    stabilizer: stabilizer(stab),
    low: bound(low),
    high: bound(high),
    ...rest,
  }
  return Object.fromEntries(
    Object.entries(request).filter(([, value]) => value !== undefined && value !== null),
  )
}

interface GoldenComposite {
  readonly composite: string
  readonly layer_map?: readonly (readonly [string, GoldenRule])[]
  readonly first_map?: readonly (readonly [string, GoldenRule])[]
  readonly name_map?: readonly (readonly [readonly string[], GoldenRule])[]
  readonly composites?: readonly GoldenComposite[]
  readonly [option: string]: unknown
}

const byType = (map: GoldenComposite['layer_map'] = []): Entry[] =>
  map.map(([type, golden]) => {
    if (!typeNames[type]) throw new Error(`no layer type of the API is ${type}`)
    return { match: { type: typeNames[type] }, rule: rule(golden) }
  })

const byName = (map: GoldenComposite['name_map'] = []): Entry[] =>
  map.flatMap(([names, golden]) => names.map((name) => ({ match: { name }, rule: rule(golden) })))

const explicitKinds = ['layer_map', 'name_map', 'name_layer_map', 'special_first_layer_map', 'mixed']

/** Entries and base of one composite of case.json. */
function parts(golden: GoldenComposite): { first: Entry[]; layers: Entry[]; base: unknown } {
  const { composite, layer_map, first_map, name_map, composites, ...options } = golden
  const own = { first: byType(first_map), layers: [...byName(name_map), ...byType(layer_map)] }
  if (composite === 'mixed') {
    const all = composites!.map(parts)
    return {
      first: all.flatMap((part) => part.first),
      layers: all.flatMap((part) => part.layers),
      base: all.find((part) => part.base !== null)?.base ?? null,
    }
  }
  if (explicitKinds.includes(composite)) return { ...own, base: null }
  if (composite === 'none') return { ...own, base: 'gradient' }
  const bounds = { low: bound(options['low'] as GoldenBound), high: bound(options['high'] as GoldenBound) }
  const given = Object.entries({ ...options, ...bounds }).filter(
    ([, value]) => value !== undefined && value !== null,
  )
  return { ...own, base: { name: composite, ...Object.fromEntries(given) } }
}

/**
 * Models whose first module in registration order is not the first layer of the graph: there the reference gave
 * the first layer's rule to another layer (semantics.md, section 4), so every layer's rule is named.
 */
const registeredOutOfOrder = ['parnet', 'peer_fashion']

/** What of a case decides the composite of its request. */
type Ruled = Pick<AttributionInfo, 'model' | 'composite' | 'resolved_rules' | 'canonizers'>

const onParameters = ['Epsilon', 'Gamma', 'ZPlus', 'AlphaBeta', 'ZBox', 'WSquare', 'Flat']

function namedRules({ model, resolved_rules }: Ruled): Entry[] {
  if (!registeredOutOfOrder.includes(model)) return []
  return Object.entries(resolved_rules)
    .filter(([, golden]) => onParameters.includes(golden.rule))
    .map(([name, golden]) => ({ match: { name }, rule: rule(golden) }))
}

/** Whether the reference left functional additions their plain gradient (semantics.md, section 5). */
const doublesSums = ({ model, canonizers, composite }: Ruled): boolean =>
  /^(resbasic|resbottle|mobile_add)$/.test(model) &&
  !canonizers.includes('resnet') &&
  composite.composite !== 'none'

/** The composite of a golden case in the form of api.md. */
export function requestComposite(info: Ruled): CompositeSpec {
  const { first, layers, base } = parts(info.composite as GoldenComposite)
  const doubled: Entry[] = doublesSums(info) ? [{ match: { type: 'sum' }, rule: { name: 'gradient' } }] : []
  const spec = {
    first,
    layers: [...namedRules(info), ...doubled, ...layers],
    base,
    canonize: { merge_batch_norm: info.canonizers.length > 0 },
  }
  return spec as unknown as CompositeSpec
}

/** The start of the relevance of a golden case in the form of api.md, or null where api.md cannot express it. */
export function requestStart(start: GoldenStart): 'prediction' | 'absolute' | number | 'tensor' | null {
  if (start === null) return 'prediction'
  if (start.type === 'ones_like') return 1
  if (start.type === 'int') return start.value
  if (start.type === 'abs') return 'absolute'
  return start.type === 'tensor' ? 'tensor' : null
}
