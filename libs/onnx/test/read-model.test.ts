import type { MessageInitShape } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import type { TensorShapeProto_DimensionSchema } from '../src/gen/onnx_pb.ts'
import { constants } from '../src/index.ts'
import {
  failure,
  type GraphInit,
  type NodeInit,
  read,
  relu,
  type TensorInit,
  type TypeInit,
  x,
} from './protos.ts'

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
      expect(failure(() => read(external(location), {}, options)).code).toBe('model-invalid')
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
