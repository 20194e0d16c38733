import { expect, test } from 'vitest'
import { GraphBuilder } from '../src/index.ts'

test('a node that is emitted never takes the name of one that was copied', () => {
  const builder = new GraphBuilder()
  builder.input('x', 'float32', ['N', 3])
  builder.add({ op: 'Relu', name: 'Abs_out', inputs: ['x'], outputs: ['y'] })
  builder.output('z', builder.op('Abs', ['y']), 'float32', ['N', 3])
  const names = builder.build('graph').nodes.map((node) => node.name)
  expect(new Set(names).size).toBe(names.length)
  expect(names[0]).toBe('Abs_out')
})

test('equal nodes and equal constants are emitted once', () => {
  const builder = new GraphBuilder()
  builder.input('x', 'float32', ['N', 3])
  const twice = [1, 2].map(() => builder.op('Mul', ['x', builder.scalar(2)]))
  expect(twice[0]).toBe(twice[1])
  const graph = builder.build('graph')
  expect(graph.nodes).toHaveLength(1)
  expect(graph.initializers.size).toBe(1)
})
