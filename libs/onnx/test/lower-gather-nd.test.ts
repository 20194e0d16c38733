import { describe, expect, it } from 'vitest'
import { constants, GraphBuilder, lowerGatherNd, type Model } from '../src/index.ts'
import { expectSameResults } from './same-results.ts'

/** A model of one input [N, 4, 3]. */
function modelOf(emit: (b: GraphBuilder, x: string) => string): Model {
  const b = new GraphBuilder()
  b.output('y', emit(b, b.input('x', 'float32', ['N', 4, 3])), 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('net'), metadata: {} }
}

const positions = (b: GraphBuilder, dims: readonly number[] = [3, 1]) =>
  b.initializer('positions', constants.int64([2, -4, 2], dims))

/** `x[:, positions]` as the dynamo exporter writes it. */
const picked = modelOf((b, x) => {
  const turned = b.op('Transpose', [x], { perm: [1, 0, 2] })
  b.add({ op: 'GatherND', name: 'pick', inputs: [turned, positions(b)], outputs: ['picked'] })
  return b.op('Transpose', ['picked'], { perm: [1, 0, 2] })
})

/** A pick with positions for every sample. */
const pickedEach = modelOf((b, x) => {
  const samples = b.op('Shape', [x], { start: 0, end: 1 })
  const shape = b.op('Concat', [samples, b.ints([3, 1])], { axis: 0 })
  return b.op('GatherND', [x, b.op('Expand', [positions(b), shape])], { batch_dims: 1 })
})

/** A pick from a tensor that has another axis in front. */
const pickedFirst = modelOf((b, x) => {
  const turned = b.op('Identity', [b.op('Transpose', [x], { perm: [2, 0, 1] })])
  const one = b.op('GatherND', [turned, b.initializer('one', constants.int64([1], [1, 1]))])
  return b.op('Squeeze', [one, b.ints([0])])
})

const opsOf = ({ graph }: Model) => graph.nodes.map(({ op }) => op)

describe('lowerGatherNd', () => {
  it.each([
    ['of a transposed tensor', picked],
    ['with positions for every sample', pickedEach],
    ['of the first axis', pickedFirst],
  ])('gives the same results %s', async (_name, model) => {
    const lowered = lowerGatherNd(model)
    expect(opsOf(lowered)).toContain('Gather')
    expect(opsOf(lowered)).not.toContain('GatherND')
    await expectSameResults(model, lowered, 0)
  })

  it('picks before it transposes, and keeps the name', () => {
    const [, gather, ...rest] = lowerGatherNd(picked).graph.nodes
    expect(gather).toMatchObject({ op: 'Gather', name: 'pick', attributes: { axis: { value: 1 } } })
    expect(gather!.inputs[0]).toBe('x')
    expect(rest.map(({ op }) => op)).toEqual(['Transpose', 'Transpose', 'Identity'])
  })

  it.each<[string, (b: GraphBuilder, x: string) => string]>([
    ['samples', (b, x) => b.op('GatherND', [x, positions(b)])],
    [
      'positions on two axes',
      (b, x) =>
        b.op('GatherND', [
          b.op('Transpose', [x], { perm: [1, 2, 0] }),
          b.initializer('pairs', constants.int64([1, 2], [1, 2])),
        ]),
    ],
  ])('leaves a pick of %s alone', (_name, emit) => {
    const model = modelOf(emit)
    expect(lowerGatherNd(model)).toBe(model)
  })
})
