import { GraphBuilder, type Model } from '../../src/index.ts'
import { movers } from './movers.ts'
import { operators } from './operators.ts'
import { Choices, product, type State, without } from './state.ts'

const steps = [...movers, ...operators]

/** The samples of a tensor on the first axis, everything else on the second. */
function samplesFirst(b: GraphBuilder, s: State): string {
  const { sizes, at, before, after } = s
  const apart = [...sizes.slice(0, at), before, -1, after, ...sizes.slice(at + 1)]
  const t = b.op('Reshape', [s.t, b.ints(apart)])
  const perm = [at + 1, ...without([...apart.keys()], at + 1)]
  return b.op('Flatten', [b.op('Transpose', [t], { perm })], { axis: 1 })
}

/** A model of one input [N, 4, 6] that moves its samples about, from random numbers. */
export function randomMoves(numbers: readonly number[]): Model {
  const b = new GraphBuilder()
  const c = new Choices(numbers)
  const x = b.input('x', 'float32', ['N', 4, 6])
  let state: State = { t: x, sizes: [1, 4, 6], at: 0, before: 1, after: 1 }
  const earlier: State[] = [state]
  while (!c.isEmpty) {
    const next = steps[c.below(steps.length)]!(b, state, c, earlier)
    if (next === null || product(next.sizes) > 600) continue
    state = next
    earlier.push(state)
  }
  b.output('y', samplesFirst(b, state), 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('net'), metadata: {} }
}
