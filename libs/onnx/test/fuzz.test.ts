import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldConstants, inferTypes, type Model, OnnxError, readModel, writeModel } from '../src/index.ts'
import { fixture } from './models.ts'

const models = ['vggbn.dyn_bn', 'reshape.ts', 'mobile.dyn'].map((name) => fixture(name))

/** Reads and infers; any error but those that this library promises fails the test. */
function survive(bytes: Uint8Array): Model | undefined {
  try {
    const model = readModel(bytes)
    const folded = foldConstants(model, inferTypes(model, {}, { unknown: 'collect', maxElements: 2 ** 24 }))
    readModel(writeModel(folded))
    return model
  } catch (error) {
    if (error instanceof OnnxError) return undefined
    throw error
  }
}

const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

const edit = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  }),
  fc.record({
    kind: fc.constant('remove' as const),
    at,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 30 }),
  }),
)

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never

function apply(source: Uint8Array, { kind, at, bytes }: Edit): Uint8Array {
  const start = Math.floor(at * source.length)
  const removed = kind === 'insert' ? 0 : bytes.length
  const added = kind === 'remove' ? new Uint8Array() : bytes
  return Buffer.concat([source.subarray(0, start), added, source.subarray(start + removed)])
}

test('damaged models never crash or hang the reader', () => {
  let read = 0
  fc.assert(
    fc.property(fc.nat(models.length - 1), fc.array(edit, { minLength: 1, maxLength: 4 }), (which, edits) => {
      if (survive(edits.reduce(apply, models[which]!))) read++
    }),
    { numRuns: 3000 },
  )
  expect(read).toBeGreaterThan(0)
})

test('arbitrary bytes behind the beginning of a model never crash or hang the reader', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
      expect(survive(Buffer.concat([Uint8Array.of(8, 8), tail]))).toBeUndefined()
    }),
    { numRuns: 3000 },
  )
})
