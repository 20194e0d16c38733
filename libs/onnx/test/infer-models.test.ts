import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  type Constant,
  constants,
  foldConstants,
  inferTypes,
  type Model,
  readModel,
  writeModel,
} from '../src/index.ts'
import { expectAsRun, inputShapes } from './check.ts'
import { modelFiles } from './models.ts'
import { run } from './ort.ts'

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

describe.each(modelFiles)('$name', ({ bytes }) => {
  const model = readModel(bytes)
  const inferred = inferTypes(model)

  test.each([1, 3])('every inferred shape, type and value is what ONNX Runtime gives at batch %i', (batch) =>
    expectAsRun(model, batch, inferred),
  )

  test('read, folded, written and read again it gives the same bits', async () => {
    const folded = foldConstants(model, inferred)
    const written = writeModel(folded)
    expect(contentOf(readModel(written))).toEqual(contentOf(folded))
    const shapes = inputShapes(model, inferred, 2)
    const original = await run(bytes, shapes)
    for (const again of [writeModel(model), written]) expect(await run(again, shapes)).toEqual(original)
  })

  test('large weights are views of the file', () => {
    const [largest] = [...model.graph.initializers.values()].sort((a, b) => size(b) - size(a))
    expect(largest?.data.kind === 'inline' && largest.data.bytes.buffer).toBe(bytes.buffer)
  })
})
