import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import {
  type GraphProto,
  type GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProto,
  type TensorProtoSchema,
  type TensorShapeProto_DimensionSchema,
  type TypeProtoSchema,
} from '../src/gen/onnx_pb.ts'
import { constants, type Model, OnnxError, type ReadOptions, readModel } from '../src/index.ts'
import { fixture } from './models.ts'

type GraphInit = Exclude<MessageInitShape<typeof GraphProtoSchema>, GraphProto>
type TypeInit = MessageInitShape<typeof TypeProtoSchema>
type TensorInit = Exclude<MessageInitShape<typeof TensorProtoSchema>, TensorProto>
type NodeInit = MessageInitShape<typeof NodeProtoSchema>
type ModelInit = Exclude<MessageInitShape<typeof ModelProtoSchema>, ModelProto>

const float: TypeInit = { value: { case: 'tensorType', value: { elemType: 1, shape: { dim: [{}] } } } }
const x = { name: 'x', type: float }
const y = { name: 'y', type: float }
const relu: NodeInit = { opType: 'Relu', input: ['x'], output: ['y'] }

const modelBytes = (graph: GraphInit, rest: ModelInit = {}): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: 17n }],
      graph: { name: 'g', input: [x], output: [y], node: [relu], ...graph },
      ...rest,
    }),
  )

const read = (graph: GraphInit, rest?: ModelInit, options?: ReadOptions): Model =>
  readModel(modelBytes(graph, rest), options)

function failure(f: () => unknown): OnnxError {
  try {
    f()
  } catch (error) {
    if (error instanceof OnnxError) return error
    throw error
  }
  throw new Error('it did not throw')
}

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

describe('the normal form', () => {
  test('constants become initializers', () => {
    const values: NodeInit[] = [
      { output: ['i'], attribute: [{ name: 'value_int', type: 2, i: -3n }] },
      { output: ['is'], attribute: [{ name: 'value_ints', type: 7, ints: [1n, 2n ** 63n - 1n] }] },
      { output: ['f'], attribute: [{ name: 'value_float', type: 1, f: 0.5 }] },
      { output: ['fs'], attribute: [{ name: 'value_floats', type: 6, floats: [1, 2] }] },
      {
        output: ['t'],
        attribute: [{ name: 'value', type: 4, t: { dataType: 6, dims: [2n], int32Data: [7, -8] } }],
      },
    ]
    const { graph } = read({ node: [...values.map((v) => ({ opType: 'Constant', ...v })), relu] })
    const shown = [...graph.initializers].map(([name, c]) => [
      name,
      c.dataType,
      c.dims,
      [...constants.toNumbers(c)],
    ])
    expect(shown).toEqual([
      ['i', 'int64', [], [-3]],
      ['is', 'int64', [2], [1, 2 ** 63]],
      ['f', 'float32', [], [0.5]],
      ['fs', 'float32', [2], [1, 2]],
      ['t', 'int32', [2], [7, -8]],
    ])
    expect(graph.nodes.map((n) => n.op)).toEqual(['Relu'])
  })

  test.each<[string, TensorInit, number[]]>([
    ['float16', { dims: [1n], dataType: 10, int32Data: [0x3c00] }, [0x00, 0x3c]],
    ['uint8', { dims: [2n], dataType: 2, int32Data: [1, 255] }, [1, 255]],
    ['int8', { dims: [2n], dataType: 3, int32Data: [-1, 1] }, [255, 1]],
    ['bool', { dims: [2n], dataType: 9, int32Data: [1, 0] }, [1, 0]],
    ['float64', { dims: [1n], dataType: 11, doubleData: [1] }, [0, 0, 0, 0, 0, 0, 240, 63]],
    ['uint64', { dims: [1n], dataType: 13, uint64Data: [258n] }, [2, 1, 0, 0, 0, 0, 0, 0]],
    ['uint32', { dims: [1n], dataType: 12, uint64Data: [258n] }, [2, 1, 0, 0]],
  ])('typed fields become raw bytes: %s', (dataType, tensor, bytes) => {
    const constant = read({ initializer: [{ ...tensor, name: 'w' }] }).graph.initializers.get('w')!
    expect(constant.dataType).toBe(dataType)
    expect(constant.data.kind === 'inline' && [...constant.data.bytes]).toEqual(bytes)
  })

  test('nodes are put in order, those in order stay where they are', () => {
    const node = [
      { opType: 'Relu', input: ['b'], output: ['y'] },
      { opType: 'Exp', input: ['x'], output: ['a'] },
      { opType: 'Abs', input: ['a'], output: ['b'] },
    ]
    expect(read({ node }).graph.nodes.map((n) => n.op)).toEqual(['Exp', 'Abs', 'Relu'])
  })

  test('nodes without a name are called after their first output, names are made unique', () => {
    const node = [
      { opType: 'Exp', input: ['x'], output: ['a'] },
      { opType: 'Abs', input: ['a'], output: ['b'], name: 'a' },
      { opType: 'Relu', input: ['b'], output: ['y'], name: 'a' },
    ]
    expect(read({ node }).graph.nodes.map((n) => n.name)).toEqual(['a', 'a_1', 'a_2'])
  })

  test('an Identity of an initializer is replaced by it, one that is a graph output stays', () => {
    const initializer = [{ name: 'w', dataType: 1, dims: [1n], rawData: new Uint8Array(4) }]
    const node = [
      { opType: 'Identity', input: ['w'], output: ['v'] },
      { opType: 'Identity', input: ['v'], output: ['u'] },
      { opType: 'Add', input: ['x', 'u'], output: ['t'] },
      { opType: 'Identity', input: ['v'], output: ['y'] },
    ]
    const { nodes } = read({ initializer, node }).graph
    expect(nodes.map((n) => [n.op, ...n.inputs])).toEqual([
      ['Add', 'x', 'w'],
      ['Identity', 'w'],
    ])
  })

  test('an initializer that is listed among the inputs is none', () => {
    const initializer = [{ name: 'w', dataType: 1, dims: [1n], rawData: new Uint8Array(4) }]
    const { graph } = read({ input: [x, { ...x, name: 'w' }], initializer })
    expect(graph.inputs.map((i) => i.name)).toEqual(['x'])
  })

  test('declared axes: fixed, named, free', () => {
    const dim: MessageInitShape<typeof TensorShapeProto_DimensionSchema>[] = [
      { value: { case: 'dimParam', value: 'N' } },
      { value: { case: 'dimValue', value: 3n } },
      {},
    ]
    const type: TypeInit = { value: { case: 'tensorType', value: { elemType: 1, shape: { dim } } } }
    expect(read({ input: [{ name: 'x', type }] }).graph.inputs[0]?.shape).toEqual(['N', 3, null])
  })

  test('names like those of object members are names', () => {
    const node = [{ ...relu, name: '__proto__', metadataProps: [{ key: 'constructor', value: 'c' }] }]
    const [first] = read({ node }).graph.nodes
    expect([first?.name, Object.entries(first?.metadata ?? {})]).toEqual([
      '__proto__',
      [['constructor', 'c']],
    ])
  })
})

describe('external weights', () => {
  const external = (location: string, offset = '4', length = '8'): GraphInit => {
    const externalData = Object.entries({ location, offset, length }).map(([key, value]) => ({ key, value }))
    return { initializer: [{ name: 'w', dataType: 1, dims: [2n], dataLocation: 1, externalData }] }
  }
  const file = new Uint8Array(Float32Array.of(1, 2, 3).buffer)

  test('are views of the file that is given', () => {
    const constant = read(external('w.bin'), {}, { external: () => file }).graph.initializers.get('w')!
    expect([...constants.toNumbers(constant)]).toEqual([2, 3])
    expect(constant.data.kind === 'inline' && constant.data.bytes.buffer).toBe(file.buffer)
  })

  test('stay where they are with keep', () => {
    const constant = read(external('w.bin'), {}, { external: 'keep' }).graph.initializers.get('w')!
    expect(constant.data).toEqual({ kind: 'external', location: 'w.bin', offset: 4, length: 8 })
  })

  test('without the file there is an error that names it', () => {
    expect(failure(() => read(external('w.bin'))).details).toEqual({ tensor: 'w', location: 'w.bin' })
  })

  test('a file that is too short is model-truncated', () => {
    const options = { external: () => file.subarray(0, 8) }
    expect(failure(() => read(external('w.bin'), {}, options)).code).toBe('model-truncated')
  })

  test.each(['/etc/passwd', '../w.bin', 'a/../../w.bin', 'C:\\w.bin', 'a\\w.bin', '', 'w\0.bin'])(
    '%j is refused',
    (location) => {
      let asked = false
      const options = {
        external: () => {
          asked = true
          return file
        },
      }
      expect(failure(() => read(external(location), {}, options)).code).toBe('model-not-supported')
      expect(asked).toBe(false)
    },
  )

  test.each([
    ['-4', '8'],
    ['4', '9'],
    ['x', '8'],
    ['0.5', '8'],
    ['1e300', '8'],
  ])('offset %s, length %s is refused', (offset, length) => {
    expect(failure(() => read(external('w.bin', offset, length), {}, { external: () => file })).code).toBe(
      'model-invalid',
    )
  })
})
