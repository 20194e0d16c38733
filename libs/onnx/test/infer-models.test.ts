import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  type Constant,
  constants,
  dims,
  foldConstants,
  inferTypes,
  type Model,
  readModel,
  type TensorType,
  writeModel,
} from '../src/index.ts'
import { modelFiles } from './models.ts'
import { run, withAllOutputs } from './ort.ts'

const at = (type: TensorType, batch: number): number[] => type.shape.map((d) => dims.dimAt(d, batch))

const size = (c: Constant): number => constants.elementCount(c.dims)

/** A model with digests in place of weights: comparing megabytes number by number is slow. */
function contentOf(model: Model): unknown {
  const digest = ({ dataType, dims, data }: Constant): unknown => {
    const bytes = data.kind === 'inline' ? data.bytes : new Uint8Array()
    return [dataType, dims, createHash('sha256').update(bytes).digest('hex')]
  }
  const initializers = [...model.graph.initializers].map(([name, c]) => [name, digest(c)])
  return { ...model, graph: { ...model.graph, initializers } }
}

const inputShapes = (
  model: Model,
  types: ReadonlyMap<string, TensorType>,
  batch: number,
): Record<string, number[]> =>
  Object.fromEntries(model.graph.inputs.map((i) => [i.name, at(types.get(i.name)!, batch)]))

describe.each(modelFiles)('$name', ({ bytes }) => {
  const model = readModel(bytes)
  const inferred = inferTypes(model)

  test.each([1, 3])(
    'every inferred shape, type and value is what ONNX Runtime gives at batch %i',
    async (batch) => {
      const outputs = await run(
        withAllOutputs(model, inferred.types),
        inputShapes(model, inferred.types, batch),
      )
      for (const [name, { dims: shape, type, data }] of outputs) {
        const expected = inferred.types.get(name)!
        expect([name, type, shape]).toEqual([name, expected.dataType, at(expected, batch)])
        const value = inferred.values.get(name)
        if (value)
          expect(Array.from(data as Int32Array, Number)).toEqual(value.map((d) => dims.dimAt(d, batch)))
      }
      expect(outputs.size).toBeGreaterThan(0)
    },
  )

  test('read, folded, written and read again it gives the same bits', async () => {
    const folded = foldConstants(model, inferred)
    const written = writeModel(folded)
    expect(contentOf(readModel(written))).toEqual(contentOf(folded))
    const shapes = inputShapes(model, inferred.types, 2)
    const original = await run(bytes, shapes)
    for (const again of [writeModel(model), written]) expect(await run(again, shapes)).toEqual(original)
  })

  test('large weights are views of the file', () => {
    const [largest] = [...model.graph.initializers.values()].sort((a, b) => size(b) - size(a))
    expect(largest?.data.kind === 'inline' && largest.data.bytes.buffer).toBe(bytes.buffer)
  })
})
