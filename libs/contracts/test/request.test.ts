import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AttributionRequest,
  attributionTask,
  checkAttribution,
  decodeAttribution,
  matches,
  noParts,
  ProblemError,
  validate,
} from '../src/index.ts'
import { explain } from '../src/schema/explain.ts'
import type { JsonSchema } from '../src/schema/json-schema.ts'

const tensor = { shape: [1, 2], datatype: 'FP32', data: [1, 2] }
const minimal = { model: 'm', inputs: [{ tensor }], conditions: [{ y: [1] }] }

/** Every field of the contract at once. */
const complete = {
  model: 'vgg16',
  inputs: [
    { image: { base64: 'AAAA' } },
    { image: { part: 'file0' } },
    { tensor },
    { tensor: { shape: [1], datatype: 'FP32', base64: 'AACAPw==' } },
    { dataset: 'imagenet-val', index: 12 },
  ],
  conditions: [
    { y: [1] },
    { y: 3 },
    { y: 'predicted', 'features.27': [50] },
    { y: [], 'features.27': { '50': [7, 8] } },
    { y: null, 'features.27': { directions: [[0.5, -1]] }, 'features.3': null },
    { y: [1], 'features.27': { top: 10 } },
  ],
  pairing: 'zip',
  composite: {
    layers: [
      { match: { name: 'features.0' }, rule: { name: 'z_box', low: -2, high: [1, 2, 3] } },
      {
        match: { type: 'convolution' },
        rule: { name: 'alpha_beta', alpha: 2, beta: 1, zero_params: ['bias'] },
      },
      {
        match: { type: 'any_linear' },
        rule: { name: 'epsilon', epsilon: { epsilon: 1e-3, norm_scale: true, clip: null, dim: [1] } },
      },
      { match: { type: 'activation' }, rule: { name: 'relu_beta_smooth', beta_smooth: 10 } },
    ],
    first: [{ match: { type: 'linear' }, rule: { name: 'flat' } }],
    base: 'epsilon_plus',
    canonize: { merge_batch_norm: false },
  },
  attributor: { name: 'smooth_grad', n_iter: 3, noise_level: 0.1, noise: tensor },
  start_layer: 'features.28',
  init_relevance: tensor,
  exclude_parallel: false,
  record: { 'features.27': { relevance: true, activation: true, concepts: 10, abs_norm: true }, other: null },
  output: {
    heatmap: ['png', 'tensor'],
    per_channel: true,
    prediction: { top: 5, tensor: true },
    regions: [{ box: [0, 0, 4, 4] }, { mask: tensor }],
    encoding: 'json',
    render: { colormap: 'bwr', symmetric: true, level: 0.9, overlay: 0.5, scale: 2 },
  },
}

/** `code pointer` of every finding, and the suggestions. */
function findings(run: () => unknown): string[] {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return error.errors.map(({ pointer, suggestions }) =>
      [error.code, pointer, ...(suggestions ?? [])].join(' '),
    )
  }
  return []
}

const decoded = (request: unknown) =>
  decodeAttribution(validate(AttributionRequest, request), () => new Uint8Array())

describe('schema of the request', () => {
  it('takes the smallest and the fullest request', () => {
    expect(matches(AttributionRequest, minimal)).toBe(true)
    expect(explain(AttributionRequest as JsonSchema, complete)).toEqual([])
    expect(matches(AttributionRequest, complete)).toBe(true)
  })

  it.each([
    ...['epsilon_plus', 'epsilon_plus_flat', 'epsilon_alpha2_beta1', 'epsilon_alpha2_beta1_flat', 'gradient'],
    ...['deconvnet', 'guided_backprop', 'excitation_backprop', 'beta_smooth'],
  ])('knows the composite %s, bare and as an object', (name) => {
    expect(matches(AttributionRequest, { ...minimal, composite: name })).toBe(true)
    expect(matches(AttributionRequest, { ...minimal, composite: { name } })).toBe(true)
  })

  it.each<[string, object, string[]]>([
    ['an unknown field', { modle: 'x' }, ['validation-failed /modle model']],
    ['an unknown field inside', { output: { heatmaps: [] } }, ['validation-failed /output/heatmaps heatmap']],
    ['null where there is no default', { model: null }, ['validation-failed /model']],
    ['a missing field', { inputs: undefined }, ['validation-failed /inputs']],
    ['no condition', { conditions: [] }, ['validation-failed /conditions']],
    ['a negative class', { conditions: [{ y: [-1] }] }, ['validation-failed /conditions/0/y/0']],
    [
      'an unknown word for y',
      { conditions: [{ y: 'predictet' }] },
      ['validation-failed /conditions/0/y predicted'],
    ],
    [
      'channels that are no indices',
      { conditions: [{ y: 1, l: ['a'] }] },
      ['validation-failed /conditions/0/l/0'],
    ],
    ['a bare channel', { conditions: [{ y: 1, l: 5 }] }, ['validation-failed /conditions/0/l']],
    ['a channel name', { conditions: [{ y: 1, l: { x: [1] } }] }, ['validation-failed /conditions/0/l/x']],
    ['null positions', { conditions: [{ y: 1, l: { '5': null } }] }, ['validation-failed /conditions/0/l/5']],
    [
      'an unknown composite',
      { composite: 'epsilon_plus_flatt' },
      ['validation-failed /composite epsilon_plus_flat epsilon_plus'],
    ],
    [
      'an unknown composite object',
      { composite: { name: 'epsilonplus' } },
      ['validation-failed /composite/name epsilon_plus'],
    ],
    [
      'a parameter of another composite',
      { composite: { name: 'epsilon_plus', low: 1 } },
      ['validation-failed /composite/low'],
    ],
    [
      'a bound left out',
      { composite: { name: 'epsilon_gamma_box', high: 1 } },
      ['validation-failed /composite/low'],
    ],
    [
      'a composite by its name that has no default bounds',
      { composite: { base: 'epsilon_gamma_box' } },
      ['validation-failed /composite/base'],
    ],
    [
      'an unknown rule',
      { composite: { layers: [{ match: { type: 'linear' }, rule: { name: 'zplus' } }] } },
      ['validation-failed /composite/layers/0/rule/name z_plus'],
    ],
    [
      'a parameter of another rule',
      { composite: { layers: [{ match: { type: 'linear' }, rule: { name: 'pass', gamma: 1 } }] } },
      ['validation-failed /composite/layers/0/rule/gamma'],
    ],
    [
      'an unknown type',
      { composite: { layers: [{ match: { type: 'conv' }, rule: { name: 'pass' } }] } },
      ['validation-failed /composite/layers/0/match/type convolution'],
    ],
    [
      'a stabilizer of zero',
      { composite: { name: 'epsilon_plus', epsilon: 0 } },
      ['validation-failed /composite/epsilon'],
    ],
    [
      'an infinite number',
      { init_relevance: Number.POSITIVE_INFINITY },
      ['validation-failed /init_relevance'],
    ],
    [
      'a wrong datatype',
      { inputs: [{ tensor: { ...tensor, datatype: 'float32' } }] },
      ['validation-failed /inputs/0/tensor/datatype'],
    ],
    ['a repeated form', { output: { heatmap: ['png', 'png'] } }, ['validation-failed /output/heatmap']],
    ['a dataset without index', { inputs: [{ dataset: 'd' }] }, ['validation-failed /inputs/0/index']],
    [
      'two kinds of input at once',
      { inputs: [{ tensor, image: { base64: 'AA' } }] },
      ['validation-failed /inputs/0/tensor'],
    ],
    ['a prototype', JSON.parse('{"__proto__": {"x": 1}}'), ['validation-failed /__proto__']],
  ])('refuses %s and points at it', (_, change, expected) => {
    const request = JSON.parse(JSON.stringify({ ...minimal, ...change }))
    const infinite = 'init_relevance' in change ? { ...minimal, ...change } : undefined
    const proto = Object.hasOwn(change, '__proto__')
      ? JSON.parse(`{"__proto__": {}, ${JSON.stringify(minimal).slice(1)}`)
      : undefined
    expect(findings(() => validate(AttributionRequest, infinite ?? proto ?? request))).toEqual(expected)
  })

  it('explains exactly what the compiled check refuses', () => {
    const places = leaves(complete)
    const junk = fc.oneof(
      fc.constantFrom<unknown>(null, -1, 0.5, 'x', '', true, [], {}, [null], { name: 'epsilon' }, [[0.5]]),
      fc.jsonValue({ maxDepth: 2 }),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        junk,
        fc.constantFrom('set', 'delete', 'add'),
        (path, value, how) => {
          const request = mutate(structuredClone(complete), path, value, how)
          const issues = explain(AttributionRequest as JsonSchema, request)
          expect(issues.length === 0).toBe(matches(AttributionRequest, request))
        },
      ),
      { numRuns: 600 },
    )
  })
})

/** Paths of everything inside a value. */
function leaves(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  const inside = Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]))
  return path.length === 0 ? inside : [path, ...inside]
}

function mutate(root: object, path: readonly string[], value: unknown, how: string): unknown {
  const holder = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>(
      (node, key) => node[key] as Record<string, unknown>,
      root as Record<string, unknown>,
    )
  const key = path.at(-1)!
  if (how === 'delete' && Array.isArray(holder)) holder.splice(Number(key), 1)
  else if (how === 'delete') delete holder[key]
  else holder[how === 'add' && !Array.isArray(holder) ? `${key}x` : key] = value
  return root
}

describe('task', () => {
  it('fills in every default, for absent and null fields alike', () => {
    const defaults = {
      model: 'm',
      conditions: [{ y: [1], layers: [] }],
      pairing: 'product',
      composite: { name: 'epsilon_plus_flat' },
      attributor: { name: 'gradient' },
      init_relevance: 'prediction',
      exclude_parallel: true,
      record: [],
      output: {
        heatmap: ['png'],
        per_channel: false,
        prediction: { top: 5, tensor: false },
        regions: [],
        render: { colormap: 'bwr', symmetric: true, level: 1, overlay: 0, scale: 1 },
      },
    }
    const nulls = {
      ...minimal,
      ...Object.fromEntries(
        ['pairing', 'composite', 'attributor', 'start_layer', 'init_relevance', 'exclude_parallel'].map(
          (k) => [k, null],
        ),
      ),
      record: null,
      output: { heatmap: null, per_channel: null, prediction: { top: null, tensor: null }, render: null },
    }
    expect(attributionTask(decoded(minimal))).toMatchObject(defaults)
    expect(attributionTask(decoded(nulls))).toEqual(attributionTask(decoded(minimal)))
    expect(attributionTask(decoded({ ...minimal, output: null }))).toEqual(attributionTask(decoded(minimal)))
  })

  it('tells the kinds of concepts apart', () => {
    const { conditions } = attributionTask(decoded(complete))
    expect(conditions).toEqual([
      { y: [1], layers: [] },
      { y: [3], layers: [] },
      { y: 'predicted', layers: [{ layer: 'features.27', concept: { kind: 'channels', channels: [50] } }] },
      {
        y: [],
        layers: [
          {
            layer: 'features.27',
            concept: { kind: 'neurons', neurons: [{ channel: 50, positions: [7, 8] }] },
          },
        ],
      },
      { layers: [{ layer: 'features.27', concept: { kind: 'directions', directions: [[0.5, -1]] } }] },
      { y: [1], layers: [{ layer: 'features.27', concept: { kind: 'ranked', top: 10 } }] },
    ])
  })

  it('takes a null entry of `record` as an entry at its default', () => {
    const { record } = attributionTask(decoded({ ...minimal, record: { a: null, b: { concepts: 3 } } }))
    expect(record).toEqual([
      { layer: 'a', relevance: true, activation: false, abs_norm: false },
      { layer: 'b', relevance: true, activation: false, abs_norm: false, concepts: 3 },
    ])
  })

  it('decodes every tensor, wherever it stands', () => {
    const { inputs, init_relevance, attributor, output } = attributionTask(decoded(complete))
    const bytes = { shape: [1, 2], datatype: 'FP32', data: new Uint8Array(new Float32Array([1, 2]).buffer) }
    expect(inputs[2]).toEqual({ tensor: bytes })
    expect(init_relevance).toEqual(bytes)
    expect(attributor).toMatchObject({ noise: bytes })
    expect(output.regions[1]).toEqual({ mask: bytes })
  })

  it('points at invalid base64 and at parts of a request that has none', () => {
    const image = (value: object) => ({ ...minimal, inputs: [{ tensor }, { image: value }] })
    expect(findings(() => decoded(image({ base64: 'data:image/png;base64,AAAA' })))).toEqual([
      'image-not-supported /inputs/1/image/base64',
    ])
    const parts = validate(AttributionRequest, image({ part: 'file0' }))
    expect(findings(() => decodeAttribution(parts, noParts))).toEqual(['part-missing /inputs/1/image/part'])
  })
})

describe('checks without the model', () => {
  const check = (change: object, rows = 256) =>
    findings(() => {
      const request = decoded({ ...minimal, ...change })
      checkAttribution(attributionTask(request), request, { rows, imageBytes: 3 })
    })
  const three = { tensor: { shape: [3, 1], datatype: 'FP32', data: [1, 2, 3] } }

  it('counts rows: samples of tensors times conditions', () => {
    expect(check({ inputs: [three, { tensor }] }, 4)).toEqual([])
    expect(check({ inputs: [three, { tensor }] }, 3)).toEqual(['too-many-rows /conditions'])
    expect(check({ inputs: [three], conditions: [{ y: 1 }, { y: 2 }] }, 5)).toEqual([
      'too-many-rows /conditions',
    ])
  })

  it('pairs equal counts only', () => {
    expect(check({ pairing: 'zip', inputs: [three] })).toEqual(['pairing-mismatch /pairing'])
    expect(check({ pairing: 'zip', inputs: [three], conditions: [{ y: 1 }, { y: 2 }, { y: 3 }] }, 3)).toEqual(
      [],
    )
  })

  it('wants a place where relevance starts', () => {
    expect(check({ conditions: [{}] })).toEqual(['target-missing /conditions/0/y'])
    expect(check({ conditions: [{ y: 1 }, { l: [1] }], init_relevance: 1 })).toEqual([
      'target-missing /conditions/1/y',
    ])
    expect(check({ conditions: [{}], init_relevance: 1 })).toEqual([])
    expect(check({ conditions: [{ l: [1] }], start_layer: 'l' })).toEqual([])
    expect(check({ conditions: [{ y: 1 }], start_layer: 'l' })).toEqual([
      'target-not-allowed /conditions/0/y',
    ])
  })

  it('limits the bytes of an image', () => {
    expect(check({ inputs: [{ image: { base64: 'AAAA' } }] })).toEqual([])
    expect(check({ inputs: [{ image: { base64: 'AAAAAA==' } }] })).toEqual([
      'image-too-large /inputs/0/image',
    ])
  })

  it('wants a sample axis', () => {
    for (const shape of [[], [0, 3]])
      expect(
        check({ inputs: [{ tensor: { shape, datatype: 'FP32', data: shape.length === 0 ? [1] : [] } }] }),
      ).toEqual(['tensor-shape-mismatch /inputs/0/tensor/shape'])
  })
})
