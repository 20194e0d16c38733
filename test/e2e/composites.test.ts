import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { register } from './api.ts'
import { unsupportedModel } from './bad-models.ts'
import { conceptWorld } from './concept-world.ts'
import { type Stack, startStack } from './stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
  await register(stack.origin, conceptWorld.model(), { name: 'demo' })
  await register(stack.origin, unsupportedModel(), { name: 'partly', allow_unsupported: true })
})
afterAll(() => stack.stop())

interface Problem {
  readonly code: string
  readonly errors: readonly { pointer: string; detail: string; suggestions?: readonly string[] }[]
}

const sample = { shape: [1, 3, 80, 80], datatype: 'FP32', data: Array(3 * 80 * 80).fill(0.5) }

const post = (composite: unknown) =>
  fetch(`${stack.origin}/v1/attributions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'demo',
      inputs: [{ tensor: sample }],
      conditions: [{ y: [1] }],
      composite,
      output: { heatmap: ['tensor'] },
    }),
  })

/** What the routes that look at a composite answer, as far as it is read here. */
interface Shown {
  readonly composite: unknown
  readonly explainable: boolean
  readonly layers: readonly { name: string; rule: string; because: string }[]
  readonly nodes: readonly { op: string; supported: boolean; reason: string; needs: string }[]
  readonly errors: Problem['errors']
}

const getJson = async (path: string) => {
  const answer = await fetch(`${stack.origin}${path}`)
  return { status: answer.status, body: (await answer.json()) as Shown }
}

const query = (composite: unknown) =>
  `composite=${encodeURIComponent(typeof composite === 'string' ? composite : JSON.stringify(composite))}`

const onConvolutions = (rule: object) => ({
  layers: [{ match: { type: 'convolution' }, rule }],
  base: 'epsilon_plus',
})
const box = (low: unknown, high: unknown) => ({
  first: [{ match: { type: 'convolution' }, rule: { name: 'z_box', low, high } }],
  base: 'epsilon_plus',
})
const rule = '/composite/layers/0/rule'
const tensor = (shape: number[]) => ({
  shape,
  datatype: 'FP32',
  data: Array(shape.reduce((a, b) => a * b)).fill(1),
})

describe('composites that cannot be', () => {
  it.each<[string, unknown, string, string, string]>([
    [
      'alpha - beta is not 1',
      onConvolutions({ name: 'alpha_beta', alpha: 2, beta: 2 }),
      'rule-parameter-invalid',
      `${rule}/alpha`,
      'must be 1',
    ],
    [
      'a negative gamma',
      onConvolutions({ name: 'gamma', gamma: -1 }),
      'validation-failed',
      `${rule}/gamma`,
      'at least 0',
    ],
    [
      'unknown zero_params',
      onConvolutions({ name: 'z_plus', zero_params: ['biases'] }),
      'validation-failed',
      `${rule}/zero_params/0`,
      '"weight", "bias"',
    ],
    ['an unknown rule', onConvolutions({ name: 'zplus' }), 'validation-failed', `${rule}/name`, '"z_plus"'],
    [
      'a foreign parameter',
      { name: 'deconvnet', gamma: 1 },
      'validation-failed',
      '/composite/gamma',
      'known are',
    ],
    [
      'a missing layer',
      { layers: [{ match: { name: 'nowhere' }, rule: { name: 'flat' } }] },
      'unknown-layer',
      '/composite/layers/0/match/name',
      'nearest',
    ],
    [
      'a rule without weights to work on',
      { layers: [{ match: { type: 'activation' }, rule: { name: 'flat' } }] },
      'rule-not-applicable',
      rule,
      'has no weights; it can carry norm, pass, gradient, relu_',
    ],
    [
      'a rule for activations elsewhere',
      onConvolutions({ name: 'relu_deconvnet' }),
      'rule-not-applicable',
      rule,
      'no activation; it can carry epsilon, gamma, z_plus,',
    ],
    ['a name that needs bounds', 'epsilon_gamma_box', 'validation-failed', '/composite', '"low", "high"'],
    ['too few bounds', box([0, 0], 1), 'rule-parameter-invalid', '/composite/first/0/rule/low', '3 channels'],
    [
      'bounds of another shape',
      box(0, tensor([1, 3, 2, 80])),
      'rule-parameter-invalid',
      '/composite/first/0/rule/high',
      'does not broadcast',
    ],
    ['bounds that cross', box(1, 0), 'rule-parameter-invalid', '/composite/first/0/rule/low', 'above'],
    [
      'a stabilizer over the batch',
      onConvolutions({ name: 'z_plus', stabilizer: { dim: [0] } }),
      'rule-parameter-invalid',
      `${rule}/stabilizer/dim`,
      '1 to 3',
    ],
    [
      'a rule on the weights of a pool',
      { layers: [{ match: { type: 'max_pool' }, rule: { name: 'alpha_beta' } }] },
      'rule-not-applicable',
      rule,
      'it can carry norm, gradient',
    ],
    [
      'a negative beta',
      onConvolutions({ name: 'alpha_beta', alpha: 0, beta: -1 }),
      'validation-failed',
      `${rule}/beta`,
      'at least 0',
    ],
    [
      'an epsilon of zero',
      onConvolutions({ name: 'epsilon', epsilon: 0 }),
      'validation-failed',
      `${rule}/epsilon`,
      'greater than 0',
    ],
    [
      'a stabilizer below zero',
      onConvolutions({ name: 'flat', stabilizer: { epsilon: -1 } }),
      'validation-failed',
      `${rule}/stabilizer/epsilon`,
      'greater than 0',
    ],
    [
      'a smoothness of zero',
      { layers: [{ match: { type: 'activation' }, rule: { name: 'relu_beta_smooth', beta_smooth: 0 } }] },
      'validation-failed',
      `${rule}/beta_smooth`,
      'greater than 0',
    ],
    [
      'a parameter of another rule',
      onConvolutions({ name: 'z_plus', gamma: 1 }),
      'validation-failed',
      `${rule}/gamma`,
      'known are name, stabilizer, zero_params',
    ],
    [
      'one bound alone',
      { first: [{ match: { type: 'convolution' }, rule: { name: 'z_box', low: 0 } }] },
      'validation-failed',
      '/composite/first/0/rule/high',
      'required',
    ],
    [
      'a missing first layer',
      { first: [{ match: { name: 'nowhere' }, rule: { name: 'flat' } }], base: 'epsilon_plus' },
      'unknown-layer',
      '/composite/first/0/match/name',
      'nearest',
    ],
    [
      'an unknown type of layer',
      { layers: [{ match: { type: 'conv' }, rule: { name: 'flat' } }] },
      'validation-failed',
      '/composite/layers/0/match/type',
      '"convolution"',
    ],
    [
      'an unknown base',
      { layers: [], base: 'epsilon' },
      'validation-failed',
      '/composite/base',
      '"epsilon_plus"',
    ],
    [
      'a negative gamma of a name',
      { name: 'epsilon_gamma_box', low: 0, high: 1, gamma: -1 },
      'validation-failed',
      '/composite/gamma',
      'at least 0',
    ],
    [
      'too few bounds of a name',
      { name: 'epsilon_gamma_box', low: [0, 0], high: 1 },
      'rule-parameter-invalid',
      '/composite/low',
      '3 channels',
    ],
    [
      'too few bounds of a base',
      { base: { name: 'epsilon_gamma_box', low: 0, high: [1, 1] } },
      'rule-parameter-invalid',
      '/composite/base/high',
      '3 channels',
    ],
  ])('%s', async (_what, composite, code, pointer, says) => {
    const answer = await post(composite)
    const problem = (await answer.json()) as Problem
    expect([answer.status, problem.code]).toEqual([422, code])
    expect(problem.errors.map((issue) => issue.pointer)).toEqual([pointer])
    expect(problem.errors[0]!.detail).toContain(says)
    // The routes that only look at a composite find the same.
    const shown = await getJson(`/v1/models/demo/layers?${query(composite)}`)
    expect([shown.status, shown.body.errors[0]!.pointer]).toEqual([422, pointer])
  })
})

describe('what a composite does to a model', () => {
  const named = [
    'epsilon_plus',
    'epsilon_alpha2_beta1_flat',
    'deconvnet',
    'guided_backprop',
    'excitation_backprop',
    'beta_smooth',
  ]
  it.each<[unknown]>([
    ...named.map((name): [string] => [name]),
    [{ name: 'epsilon_gamma_box', low: -2, high: [2, 2, 2], gamma: 0.5, zero_params: ['bias'] }],
    [box(tensor([1, 3, 1, 1]), 2)],
  ])('%j is what an attribution reports', async (composite) => {
    const { body } = await getJson(`/v1/models/demo/layers?${query(composite)}`)
    expect(body.composite).toEqual(composite)
    const answer = await post(composite)
    expect(answer.status).toBe(200)
    const resolved = ((await answer.json()) as { composite: Record<string, { name: string } | null> })
      .composite
    for (const layer of body.layers) {
      expect([layer.name, layer.rule]).toEqual([layer.name, resolved[layer.name]?.name ?? 'gradient'])
      expect(layer.because).not.toBe('')
    }
  })

  it('is told before anything is computed', async () => {
    const { body: whole } = await getJson('/v1/models/demo/support')
    expect(whole).toMatchObject({
      model: 'demo',
      composite: 'epsilon_plus_flat',
      explainable: true,
      share: { nodes: 1, flops: 1 },
    })
    const { status, body } = await getJson(`/models/partly/support?${query('epsilon_plus')}`)
    expect([status, body.explainable]).toEqual([200, false])
    const refused = body.nodes.filter(({ supported }) => !supported)
    expect(refused.map(({ op }) => op)).toEqual(['Mod', 'Hardmax'])
    for (const { reason, needs } of refused) {
      expect(reason).toBe('the operator is not supported')
      expect(needs).toContain('an implementation of')
    }
  })

  it('needs a model and a composite that there are', async () => {
    expect(await getJson('/v1/models/nothing/support')).toMatchObject({
      status: 404,
      body: { code: 'unknown-model' },
    })
    expect(await getJson('/v1/models/demo/support?composite=%7B')).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', errors: [{ pointer: '/composite' }] },
    })
  })
})
