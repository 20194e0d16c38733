import { GraphBuilder, type Model } from '@crp-serve/onnx'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { batchedProduct } from '../../libs/lrp/src/compile/batched-product.ts'
import { valueStream } from '../reference/arbitraries/layer.ts'
import { EngineSession } from './engine-session.ts'

let engine: EngineSession
beforeAll(async () => {
  engine = await EngineSession.start()
})
afterAll(() => engine.close())

/** Products of [N, rows, terms] and [N, terms, columns], as they are written and as MatMul. */
function modelOf(rows: number, terms: number, columns: number): Model {
  const b = new GraphBuilder()
  const left = { name: b.input('left', 'float32', ['N', rows, terms]), rank: 3, rows, columns: terms }
  const right = { name: b.input('right', 'float32', ['N', terms, columns]), rank: 3, rows: terms, columns }
  b.output('formed', batchedProduct(b, left, right), 'float32', null)
  b.output('plain', b.op('MatMul', [left.name, right.name]), 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('products'), metadata: {} }
}

test.each([
  ['as it stands', 5, 40, 4, 'MatMul'],
  ['its one column twice', 7, 30, 1, 'Slice'],
  ['in pieces', 3, 150, 20, 'Add'],
  ['of one column, in pieces', 3, 11000, 1, 'Add'],
])('a product %s is the product', async (_form, rows, terms, columns, op) => {
  const model = modelOf(rows, terms, columns)
  expect(model.graph.nodes.map((node) => node.op)).toContain(op)
  const values = valueStream(1, 'quarters')
  const fed = (dims: number[]) => ({
    type: 'float32' as const,
    dims,
    data: values(dims.reduce((a, b) => a * b)),
  })
  const feeds = { left: fed([2, rows, terms]), right: fed([2, terms, columns]) }
  const [found] = await engine.run({ compiled: { model } }, [feeds])
  expect(found!['formed']).toEqual(found!['plain'])
})
