import { broadcastShape, broadcastTo, sumTo, type Tensor, times, zip } from '../tensor.ts'
import { type Call, inputOf, type Operation } from './operation.ts'

/** A function of two numbers with its partial derivatives. */
interface Surface {
  value(a: number, b: number): number
  slopes: readonly [(a: number, b: number) => number, (a: number, b: number) => number]
}

/** Both operands in the shape that they broadcast to. */
function operands(call: Call): [Tensor, Tensor] {
  const [a, b] = [inputOf(call, 0), inputOf(call, 1)]
  const shape = broadcastShape(a.shape, b.shape)
  return [broadcastTo(a, shape), broadcastTo(b, shape)]
}

const binary = ({ value, slopes }: Surface): Operation => ({
  forward: (call) => zip(...operands(call), value),
  backward: (call, upper) =>
    slopes.map((slope, i) => sumTo(times(upper, zip(...operands(call), slope)), inputOf(call, i).shape)),
})

/** Every input in the shape that all of them broadcast to. */
function together(call: Call): Tensor[] {
  const inputs = call.inputs.map((_, i) => inputOf(call, i))
  const shape = inputs.reduce<readonly number[]>((all, input) => broadcastShape(all, input.shape), [])
  return inputs.map((input) => broadcastTo(input, shape))
}

/** An extremum of any number of tensors. Those that share it share the gradient. */
const extremum = (better: (a: number, b: number) => number): Operation => ({
  forward: (call) => together(call).reduce((a, b) => zip(a, b, better)),
  backward(call, upper, output) {
    const wins = together(call).map((input) => zip(input, output, (x, y) => (x === y ? 1 : 0)))
    const counts = wins.reduce((a, b) => zip(a, b, (m, n) => m + n))
    return wins.map((win, i) => {
      const shares = zip(win, counts, (w, count) => w / count)
      return sumTo(times(upper, shares), inputOf(call, i).shape)
    })
  },
})

/** Where: the condition picks from the second or third input. */
const where: Operation = {
  forward(call) {
    const [condition, a, b] = together(call) as [Tensor, Tensor, Tensor]
    const data = condition.data.map((c, i) => (c !== 0 ? a.data[i]! : b.data[i]!))
    return { ...a, data }
  },
  backward(call, upper) {
    const [condition] = together(call)
    const taken = [1, 0].map((branch) =>
      zip(upper, condition!, (r, c) => ((c !== 0 ? 1 : 0) === branch ? r : 0)),
    )
    return [null, ...taken.map((r, i) => sumTo(r, inputOf(call, i + 1).shape))]
  },
}

/** A comparison, which passes no gradient. */
const comparison = (holds: (a: number, b: number) => boolean): Operation => ({
  forward: (call) => ({ ...zip(...operands(call), (a, b) => (holds(a, b) ? 1 : 0)), kind: 'int' }),
  backward: (call) => call.inputs.map(() => null),
})

/** Sum of any number of tensors. */
const sum: Operation = {
  forward: (call) => together(call).reduce((a, b) => zip(a, b, (x, y) => x + y)),
  backward: (call, upper) => call.inputs.map((_, i) => sumTo(upper, inputOf(call, i).shape)),
}

/** Operators on several tensors that broadcast. */
export const arithmetic: Readonly<Record<string, Operation>> = {
  Div: binary({ value: (a, b) => a / b, slopes: [(_, b) => 1 / b, (a, b) => -a / (b * b)] }),
  Greater: comparison((a, b) => a > b),
  Less: comparison((a, b) => a < b),
  Max: extremum(Math.max),
  Min: extremum(Math.min),
  Mul: binary({ value: (a, b) => a * b, slopes: [(_, b) => b, (a) => a] }),
  Sub: binary({ value: (a, b) => a - b, slopes: [() => 1, () => -1] }),
  Sum: sum,
  Where: where,
}
