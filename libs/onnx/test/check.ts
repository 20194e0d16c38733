import { expect } from 'vitest'
import { dims, type InferredTypes, inferTypes, type Model, type TensorType } from '../src/index.ts'
import { run, withAllOutputs } from './ort.ts'

/** A shape with a number in place of the batch size. */
export const shapeAt = (type: TensorType, batch: number): number[] =>
  type.shape.map((d) => dims.dimAt(d, batch))

/** Shapes of the graph inputs at a batch size. */
export const inputShapes = (model: Model, inferred: InferredTypes, batch: number): Record<string, number[]> =>
  Object.fromEntries(model.graph.inputs.map((i) => [i.name, shapeAt(inferred.types.get(i.name)!, batch)]))

/** Checks the type, shape and known value of every tensor that a node makes against a run of ONNX Runtime. */
export async function expectAsRun(model: Model, batch: number, inferred = inferTypes(model)): Promise<void> {
  const outputs = await run(withAllOutputs(model, inferred.types), inputShapes(model, inferred, batch))
  for (const [name, { dims: shape, type, data }] of outputs) {
    const expected = inferred.types.get(name)!
    expect([name, type, shape]).toEqual([name, expected.dataType, shapeAt(expected, batch)])
    const value = inferred.values.get(name)
    if (value) expect(Array.from(data as Int32Array, Number)).toEqual(value.map((d) => dims.dimAt(d, batch)))
  }
  expect(outputs.size).toBeGreaterThan(0)
}
