import { sizeOf, type Tensor, zeros, zerosLike } from '../tensor.ts'
import { attribute, type Call, inputOf, type Operation } from './operation.ts'
import { powerNorm } from './reductions.ts'
import { inside, meeting, slidingWindow, type Window } from './window.ts'

/** For every output position the flat positions of the inputs under its window, row-major, padding left out. */
function coverage(w: Window): number[][] {
  const cells: number[][] = []
  const [depth, height, width] = w.output as [number, number, number]
  for (let o = 0; o < depth * height * width; o++) {
    cells.push(covered(w, [Math.floor(o / (height * width)), Math.floor(o / width) % height, o % width]))
  }
  return cells
}

function covered(w: Window, output: readonly number[]): number[] {
  const along = output.map((o, axis) =>
    Array.from({ length: w.kernel[axis]! }, (_, k) => meeting(w, axis, o, k)).filter((i) =>
      inside(w, axis, i),
    ),
  ) as [number[], number[], number[]]
  return along[0].flatMap((d) =>
    along[1].flatMap((h) => along[2].map((i) => (d * w.input[1]! + h) * w.input[2]! + i)),
  )
}

function windowOf(call: Call): Window {
  const kernel = attribute(call.node, 'kernel_shape', 'ints')
  if (!kernel) throw new Error(`${call.node.name} has no kernel_shape`)
  return slidingWindow(call.node, inputOf(call, 0).shape.slice(2), kernel)
}

/** Calls back for every output element with its index, the offset of its input plane and its position in the plane. */
function forEachOutput(
  x: Tensor,
  w: Window,
  visit: (y: number, plane: number, position: number) => void,
): void {
  const [from, to] = [sizeOf(w.input), sizeOf(w.output)]
  for (let p = 0; p < x.shape[0]! * x.shape[1]!; p++) {
    for (let o = 0; o < to; o++) visit(p * to + o, p * from, o)
  }
}

const outputShape = (x: Tensor, w: Window): number[] => [
  ...x.shape.slice(0, 2),
  ...w.output.slice(5 - x.shape.length),
]

/** Index of the first maximum among the elements of x at `plane` plus `cells`. Padding is no element. */
function winner(x: Tensor, plane: number, cells: readonly number[]): number {
  if (cells.length === 0) throw new Error('a window lies wholly in the padding')
  let best = plane + cells[0]!
  for (const cell of cells) if (x.data[plane + cell]! > x.data[best]!) best = plane + cell
  return best
}

/** MaxPool: ties go to the first maximum in row-major order. */
export const maxPool: Operation = {
  forward(call) {
    const [x, w] = [inputOf(call, 0), windowOf(call)]
    const cells = coverage(w)
    const out = zeros(outputShape(x, w))
    forEachOutput(x, w, (y, plane, o) => {
      out.data[y] = x.data[winner(x, plane, cells[o]!)]!
    })
    return out
  },
  backward(call, upper) {
    const [x, w] = [inputOf(call, 0), windowOf(call)]
    const cells = coverage(w)
    const out = zerosLike(x)
    forEachOutput(x, w, (y, plane, o) => {
      out.data[winner(x, plane, cells[o]!)]! += upper.data[y]!
    })
    return [out]
  },
}

/**
 * How many kernel elements count in the mean at each output position: with count_include_pad those inside the padded
 * input (not those that only ceil mode adds behind it), otherwise those inside the input.
 */
function divisors(call: Call, w: Window): number[] {
  const includePad = (attribute(call.node, 'count_include_pad', 'int') ?? 0) !== 0
  const padded = w.input.map((size, axis) => size + w.begin[axis]! + w.end[axis]!)
  const counted = includePad ? { ...w, input: padded, begin: [0, 0, 0] } : w
  return coverage(counted).map((cells) => cells.length)
}

/** AveragePool. */
export const averagePool: Operation = {
  forward(call) {
    const [x, w] = [inputOf(call, 0), windowOf(call)]
    const [cells, counts] = [coverage(w), divisors(call, w)]
    const out = zeros(outputShape(x, w))
    forEachOutput(x, w, (y, plane, o) => {
      for (const cell of cells[o]!) out.data[y]! += x.data[plane + cell]! / counts[o]!
    })
    return out
  },
  backward(call, upper) {
    const [x, w] = [inputOf(call, 0), windowOf(call)]
    const [cells, counts] = [coverage(w), divisors(call, w)]
    const out = zerosLike(x)
    forEachOutput(x, w, (y, plane, o) => {
      for (const cell of cells[o]!) out.data[plane + cell]! += upper.data[y]! / counts[o]!
    })
    return [out]
  },
}

/** LpPool: the p-norm of each window. */
export const lpPool: Operation = {
  forward(call) {
    const [x, w] = [inputOf(call, 0), windowOf(call)]
    const cells = coverage(w)
    const norm = powerNorm(attribute(call.node, 'p', 'int') ?? 2)
    const out = zeros(outputShape(x, w))
    forEachOutput(x, w, (y, plane, o) => {
      out.data[y] = norm.value(cells[o]!.map((cell) => x.data[plane + cell]!))
    })
    return out
  },
  backward(call, upper) {
    const [x, w] = [inputOf(call, 0), windowOf(call)]
    const cells = coverage(w)
    const norm = powerNorm(attribute(call.node, 'p', 'int') ?? 2)
    const out = zerosLike(x)
    forEachOutput(x, w, (y, plane, o) => {
      const slopes = norm.slopes(cells[o]!.map((cell) => x.data[plane + cell]!))
      cells[o]!.forEach((cell, i) => {
        out.data[plane + cell]! += upper.data[y]! * slopes[i]!
      })
    })
    return [out]
  },
}

/** GlobalAveragePool: the mean over all axes behind the channels. */
export const globalAveragePool: Operation = {
  forward(call) {
    const x = inputOf(call, 0)
    const plane = sizeOf(x.shape.slice(2))
    const out = zeros([...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)])
    x.data.forEach((value, i) => {
      out.data[Math.floor(i / plane)]! += value / plane
    })
    return out
  },
  backward(call, upper) {
    const x = inputOf(call, 0)
    const plane = sizeOf(x.shape.slice(2))
    return [{ ...x, data: x.data.map((_, i) => upper.data[Math.floor(i / plane)]! / plane) }]
  },
}
