import { type Model, readModel } from '@crp-serve/onnx'
import { describe, expect, test } from 'vitest'
import { compareArrays } from '../support/compare.ts'
import {
  attributionCases,
  expectedArrays,
  type GoldenCase,
  modelBytes,
  modelCard,
  validVariants,
} from '../support/goldens.ts'
import { epsilonPlus, epsilonPlusFlat, gradient, type Rules } from './composites.ts'
import { mergedNorms, resolvedRules } from './golden-rules.ts'
import { runGolden } from './golden-run.ts'

/** Models that the reference has all operators for, with every rule, composite and kind of condition. */
const models = [
  ...[
    'vgg',
    'vggbn',
    'maxnet',
    'avgnet',
    'convs',
    'conv1d',
    'mlp',
    'resbasic',
    'resbottle',
    'reshape',
    'dense',
  ],
  ...['rulenet', 'crpnet', 'deconv', 'incept', 'softmaxnet', 'parnet', 'mobile', 'mobile_add'],
]

interface Card {
  readonly variants: Readonly<Record<string, { readonly bn_folded: boolean }>>
}

/**
 * The expected numbers are float64 results stored as float32, so float64 has to meet them to float32 rounding. Where
 * the exporter folded batch norms, its folded float32 weights differ from the ones that the peer merged in float64.
 */
const tolerance = (golden: GoldenCase, variant: string): number =>
  (modelCard(golden) as Card).variants[variant]!.bn_folded ? 2e-5 : 1e-7

function check(golden: GoldenCase, model: Model, variant: string, rules: Rules): void {
  const target = { model, variant, rules, mergeBatchNorms: mergedNorms(golden, variant) }
  const results = runGolden(golden, target)
  const limit = tolerance(golden, variant)
  for (const [name, expected] of expectedArrays(golden)) {
    const result = results.get(name)
    expect(result, name).toBeDefined()
    const { passed, message } = compareArrays(expected, result!, limit)
    expect(passed, `${variant} ${name}: ${message}`).toBe(true)
  }
}

describe('every attribution case, with the rules that the peer gave to its modules', () => {
  test.each(attributionCases(models))('$name', (golden) => {
    for (const variant of validVariants(golden)) {
      const model = readModel(modelBytes(golden, variant))
      check(golden, model, variant, resolvedRules(golden, variant))
    }
  })
})

/** The reference's composites. Only the peer's ResNet canonizer gives its functional additions a rule. */
function composite({ info }: GoldenCase, { graph }: Model): Rules | undefined {
  const options = info.canonizers.includes('resnet') ? {} : ({ sum: { name: 'gradient' } } as const)
  switch (info.composite.composite) {
    case 'epsilon_plus':
      return epsilonPlus(graph, options)
    case 'epsilon_plus_flat':
      return epsilonPlusFlat(graph, options)
    case 'none':
      return gradient()
    default:
      return undefined
  }
}

/** Cases of the three composites without parameters; parnet's first registered layer is not the first in its graph. */
const compositeCases = attributionCases(models.filter((model) => model !== 'parnet')).filter(
  ({ info: { composite: named } }) =>
    ['epsilon_plus', 'epsilon_plus_flat', 'none'].includes(named.composite) &&
    Object.keys(named).length === 1,
)

describe('the composites, assigned on ONNX nodes', () => {
  test.each(compositeCases)('$name', (golden) => {
    for (const variant of validVariants(golden)) {
      const model = readModel(modelBytes(golden, variant))
      check(golden, model, variant, composite(golden, model)!)
    }
  })
})
