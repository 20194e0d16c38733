import { describe, expect, it } from 'vitest'
import { type Graph, GraphBuilder, inlineConditionals, type Model } from '../src/index.ts'

/** A branch that applies one operator to a tensor of the graph around it. */
function branch(op: string, reads: string, axes: readonly number[] | null): Graph {
  const b = new GraphBuilder()
  const made = `${op}_inside`
  b.add({ op, inputs: axes ? [reads, b.ints(axes)] : [reads], outputs: [made] })
  const graph = b.build(op)
  return { ...graph, outputs: [{ name: made, dataType: 'float32', shape: null }] }
}

/** `x.squeeze(1)` as the TorchScript exporter writes it: squeezed where the axis has size one. */
function squeezed(channels: number | string): Model {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', ['N', channels, 4])
  const size = b.op('Gather', [b.op('Shape', [x]), b.int(1)])
  const condition = b.op('Equal', [size, b.int(1)])
  b.add({
    op: 'If',
    name: 'branching',
    inputs: [condition],
    outputs: ['y'],
    attributes: {
      then_branch: { kind: 'graph', value: branch('Squeeze', x, [1]) },
      else_branch: { kind: 'graph', value: branch('Identity', x, null) },
    },
  })
  b.output('y', 'y', 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('net'), metadata: {} }
}

const opsOf = (model: Model) => model.graph.nodes.map(({ op }) => op)

describe('inlineConditionals', () => {
  it('puts the branch that shapes choose in the place of an If', () => {
    expect(opsOf(inlineConditionals(squeezed(1)))).toEqual([
      'Shape',
      'Gather',
      'Equal',
      'Squeeze',
      'Identity',
    ])
    expect(opsOf(inlineConditionals(squeezed(3)))).toEqual([
      'Shape',
      'Gather',
      'Equal',
      'Identity',
      'Identity',
    ])
  })

  it('needs the size where the model leaves it open', () => {
    const model = squeezed('C')
    expect(opsOf(inlineConditionals(model, { x: [1, 4] }))).toContain('Squeeze')
  })

  it('leaves an If alone whose condition depends on the values of the input', () => {
    const model = squeezed(1)
    const { nodes } = model.graph
    const shape = nodes.find(({ op }) => op === 'Shape')!
    const isOnValues = { ...shape, op: 'Cast', attributes: { to: { kind: 'int' as const, value: 7 } } }
    const graph = { ...model.graph, nodes: nodes.map((node) => (node === shape ? isOnValues : node)) }
    expect(opsOf(inlineConditionals({ ...model, graph }))).toContain('If')
  })
})
