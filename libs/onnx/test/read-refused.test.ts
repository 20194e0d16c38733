import { describe, expect, test } from 'vitest'
import { readModel } from '../src/index.ts'
import { fixture } from './models.ts'
import { failure, type GraphInit, type ModelInit, modelBytes, read, relu, y } from './protos.ts'

describe('bytes that are no whole ONNX model', () => {
  const vgg = fixture('vggbn.ts')

  test.each([
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('hello, world: this is plain text')],
    ['JSON', Buffer.from('{"graph": []}')],
    ['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13)],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46)],
    ['a zip file', Buffer.from('PK\x03\x04\x14\x00\x08\x08\x00\x00')],
    ['zeros', new Uint8Array(1000)],
  ])('%s is model-not-onnx', (_what, bytes) => {
    expect(failure(() => readModel(bytes)).code).toBe('model-not-onnx')
  })

  test('a model that is cut anywhere is model-truncated', () => {
    for (let length = 1; length < vgg.length; length += 37) {
      const { code, message } = failure(() => readModel(vgg.subarray(0, length)))
      expect(code, `${length} bytes: ${message}`).toBe('model-truncated')
    }
  })

  test('damage inside the graph is model-not-onnx', () => {
    const bytes = new Uint8Array(modelBytes({}))
    const at = Buffer.from(bytes).indexOf('Relu') - 1
    bytes[at] = 120
    expect(failure(() => readModel(bytes)).code).toBe('model-not-onnx')
  })
})

describe('versions', () => {
  test.each([10n, 23n])('operator set %i is refused by its number', (version) => {
    const error = failure(() => read({}, { opsetImport: [{ version }] }))
    expect([error.code, error.message]).toEqual([
      'model-not-supported',
      expect.stringContaining(`${version}`),
    ])
  })

  test('operator sets 11 and 22, and the default domain by its long name', () => {
    expect(read({}, { opsetImport: [{ version: 11n }] }).opsets).toEqual({ '': 11 })
    expect(read({}, { opsetImport: [{ domain: 'ai.onnx', version: 22n }] }).opsets).toEqual({ '': 22 })
  })

  test('an IR version of the future', () => {
    expect(failure(() => read({}, { irVersion: 99n })).message).toContain('IR version 99')
  })

  test('an unused custom domain does no harm, a used one is named with its nodes', () => {
    const opsetImport = [{ version: 17n }, { domain: 'com.example', version: 1n }]
    expect(read({}, { opsetImport }).graph.nodes).toHaveLength(1)
    const nodes = [
      { ...relu, domain: 'com.example', name: 'a', output: ['t'] },
      { opType: 'Odd', domain: 'com.example', input: ['t'], output: ['y'], name: 'b' },
    ]
    const error = failure(() => read({ node: nodes }, { opsetImport }))
    expect(error.code).toBe('model-not-supported')
    expect(error.details['nodes']).toEqual([
      { node: 'a', op: 'Relu', reason: 'operator domain com.example' },
      { node: 'b', op: 'Odd', reason: 'operator domain com.example' },
    ])
  })
})

describe('what is not read', () => {
  test.each<[string, GraphInit, ModelInit]>([
    ['functions', {}, { functions: [{ name: 'f', domain: 'local' }] }],
    ['sparse initializers', { sparseInitializer: [{ values: { name: 'w' } }] }, {}],
    ['sequences', { input: [{ name: 'x', type: { value: { case: 'sequenceType', value: {} } } }] }, {}],
    ['optionals', { input: [{ name: 'x', type: { value: { case: 'optionalType', value: {} } } }] }, {}],
    [
      'strings',
      { initializer: [{ name: 'w', dataType: 8, dims: [1n], stringData: [new Uint8Array(1)] }] },
      {},
    ],
    ['int4', { initializer: [{ name: 'w', dataType: 22, dims: [2n], rawData: new Uint8Array(1) }] }, {}],
    [
      'complex inputs',
      { input: [{ name: 'x', type: { value: { case: 'tensorType', value: { elemType: 14 } } } }] },
      {},
    ],
    ['segments', { initializer: [{ name: 'w', dataType: 1, segment: { begin: 0n, end: 1n } }] }, {}],
    [
      'sparse attributes',
      { node: [{ ...relu, attribute: [{ name: 'a', type: 11, sparseTensor: {} }] }] },
      {},
    ],
    ['integers beyond 2^53', { node: [{ ...relu, attribute: [{ name: 'a', type: 2, i: 2n ** 60n }] }] }, {}],
  ])('%s', (_what, graph, rest) => {
    expect(failure(() => read(graph, rest)).code).toBe('model-not-supported')
  })
})

describe('graphs that break the specification', () => {
  const weights = { name: 'w', dataType: 1, dims: [2n, 2n], rawData: new Uint8Array(16) }

  test.each<[string, GraphInit, string]>([
    ['a dangling input', { node: [{ ...relu, input: ['z'] }] }, 'reads z'],
    ['a tensor made twice', { node: [relu, { ...relu, name: 'again' }] }, 'y is defined twice'],
    ['a node that makes an input', { node: [{ ...relu, output: ['x'] }] }, 'x is defined twice'],
    ['an output that nothing makes', { node: [{ ...relu, output: ['z'] }] }, 'a graph output reads y'],
    [
      'a cycle',
      {
        node: [
          { opType: 'Add', input: ['x', 'y'], output: ['t'] },
          { ...relu, input: ['t'] },
        ],
      },
      'reads y',
    ],
    ['two initializers of one name', { initializer: [weights, weights] }, 'two initializers have the name w'],
    ['too few bytes', { initializer: [{ ...weights, rawData: new Uint8Array(12) }] }, '12 bytes of data'],
    [
      'too few numbers',
      { initializer: [{ name: 'w', dataType: 1, dims: [3n], floatData: [1] }] },
      'its axes need 12',
    ],
    ['negative axes', { initializer: [{ ...weights, dims: [-2n, -2n] }] }, 'negative axes'],
    ['impossible axes', { initializer: [{ ...weights, dims: [2n ** 52n, 2n ** 52n] }] }, 'impossible axes'],
    ['too many axes', { initializer: [{ ...weights, dims: new Array(40).fill(1n) }] }, '40 axes'],
    [
      'a node without outputs',
      { node: [relu, { opType: 'Relu', input: ['x'], output: [''] }] },
      'no outputs',
    ],
    ['an input without a type', { input: [{ name: 'x' }] }, 'x has no type'],
  ])('%s', (_what, graph, text) => {
    const error = failure(() => read(graph))
    expect(error.code).toBe('model-invalid')
    expect(error.message).toContain(text)
  })

  test('all problems stand in one error', () => {
    const error = failure(() =>
      read({
        node: [
          { ...relu, input: ['p'] },
          { opType: 'Exp', input: ['q'], output: ['r'] },
        ],
      }),
    )
    expect(error.details['problems']).toHaveLength(2)
  })
})

describe('limits', () => {
  const many = Array.from({ length: 20 }, (_, i) => ({ ...relu, output: [i === 0 ? 'y' : `t${i}`] }))

  test.each<[string, GraphInit]>([
    ['nodes', { node: many }],
    ['messages', { node: many }],
    ['integers', { node: [{ ...relu, attribute: [{ name: 'a', type: 7, ints: new Array(20).fill(1n) }] }] }],
    ['numbers', { initializer: [{ name: 'w', dataType: 1, dims: [20n], floatData: new Array(20).fill(1) }] }],
    ['stringBytes', { node: [{ ...relu, name: 'a name that is longer than it may be' }] }],
  ])('%s', (limit, graph) => {
    expect(read(graph).graph.nodes.length).toBeGreaterThan(0)
    const error = failure(() => read(graph, {}, { limits: { [limit]: 15 } }))
    expect([error.code, error.details['limit']]).toEqual(['model-too-large', limit])
  })

  test('subgraphs inside subgraphs', () => {
    let graph: GraphInit = { node: [relu], output: [y] }
    for (let i = 0; i < 40; i++) {
      graph = {
        node: [
          {
            opType: 'If',
            input: ['x'],
            output: ['y'],
            attribute: [{ name: 'then_branch', type: 5, g: graph }],
          },
        ],
      }
    }
    const error = failure(() => read(graph))
    expect([error.code, error.details['limit']]).toEqual(['model-too-large', 'depth'])
  })
})
