import { attributes, constants, type GraphBuilder, type Node } from '@crp-serve/onnx'
import { pads, spatial, type Window, windowOf } from '../operators/window.ts'
import type { GraphFacts } from './facts.ts'
import { onePiece } from './sum-order.ts'

type Builder = Pick<GraphBuilder, 'op' | 'ints'>

/** A convolution of [N, C, ...] with constant weights. */
export interface Convolution {
  readonly x: string
  /** [outputs, channels of a group, kernel...] */
  readonly weight: string
  readonly weightSizes: readonly number[]
  readonly bias: string | null
  readonly window: Window
  readonly group: number
  /** Spatial sizes of its input and of its output. */
  readonly from: readonly number[]
  readonly to: readonly number[]
}

function asIs(b: Builder, { x, weight, bias, window, group }: Convolution): string {
  return b.op('Conv', bias === null ? [x, weight] : [x, weight, bias], {
    kernel_shape: window.kernel,
    strides: window.strides,
    dilations: window.dilations,
    pads: pads(window),
    group,
  })
}

/** Channels that ONNX Runtime's blocked layout takes: few, or a multiple of 4. */
const isAligned = (channels: number): boolean => channels < 8 || channels % 4 === 0

/** A convolution over planes in the blocked layout, with channels of zeros where it needs them. */
function overPlanes(b: Builder, c: Convolution): string {
  const channels = c.weightSizes[1]!
  if (isAligned(channels)) return asIs(b, c)
  const extra = b.ints([0, 0, 0, 0, 0, 4 - (channels % 4), 0, 0])
  return asIs(b, { ...c, x: b.op('Pad', [c.x, extra]), weight: b.op('Pad', [c.weight, extra]) })
}

/** A convolution over lines as one over planes of height one. */
function overLines(b: Builder, c: Convolution): string {
  const axis = b.ints([2])
  const { kernel, strides, dilations, padsBegin, padsEnd } = c.window
  const y = overPlanes(b, {
    ...c,
    x: b.op('Unsqueeze', [c.x, axis]),
    weight: b.op('Unsqueeze', [c.weight, axis]),
    window: {
      kernel: [1, ...kernel],
      strides: [1, ...strides],
      dilations: [1, ...dilations],
      padsBegin: [0, ...padsBegin],
      padsEnd: [0, ...padsEnd],
    },
  })
  return b.op('Squeeze', [y, axis])
}

/** Channels and planes exchanged: [N, C, D, H, W] and [N, D, C, H, W]. */
const exchanged = (b: Builder, x: string): string => b.op('Transpose', [x], { perm: [0, 2, 1, 3, 4] })

/** A convolution over volumes as one over their planes, each with the planes under the kernel as its channels. */
function overVolumes(b: Builder, c: Convolution): string {
  const { kernel, strides, dilations, padsBegin, padsEnd } = c.window
  const [outputs, channels] = c.weightSizes as [number, number]
  const depth = b.ints([0, 0, padsBegin[0]!, 0, 0, 0, 0, padsEnd[0]!, 0, 0])
  const volume = exchanged(b, b.op('Pad', [c.x, depth]))
  const length = (c.to[0]! - 1) * strides[0]! + 1
  const taps = Array.from({ length: kernel[0]! }, (_, i) => {
    const start = i * dilations[0]!
    return b.op('Slice', [
      volume,
      b.ints([start]),
      b.ints([start + length]),
      b.ints([1]),
      b.ints([strides[0]!]),
    ])
  })
  const stacked = [kernel[0]! * channels, ...c.from.slice(1)]
  const weightSizes = [outputs, kernel[0]! * channels, ...kernel.slice(1)]
  const planes = overPlanes(b, {
    ...c,
    x: b.op('Reshape', [b.op('Concat', taps, { axis: 2 }), b.ints([-1, ...stacked])]),
    weight: b.op('Reshape', [exchanged(b, c.weight), b.ints(weightSizes)]),
    weightSizes,
    window: {
      kernel: kernel.slice(1),
      strides: strides.slice(1),
      dilations: dilations.slice(1),
      padsBegin: padsBegin.slice(1),
      padsEnd: padsEnd.slice(1),
    },
  })
  const volumes = b.op('Reshape', [planes, b.ints([-1, c.to[0]!, outputs, ...c.to.slice(1)])])
  return exchanged(b, volumes)
}

/** The form for each number of spatial axes. */
const forms = [overLines, overPlanes, overVolumes]

/** Whether a convolution's sums go by the batch as it is: those of one group with many terms outside of the blocked layout. */
function goesByBatch({ weightSizes: [, ...perOutput], group }: Convolution): boolean {
  if (group > 1 || constants.elementCount(perOutput) <= onePiece) return false
  return perOutput.length !== 3 || !isAligned(perOutput[0]!)
}

/**
 * A convolution whose samples do not depend on each other. In its blocked layout (two spatial axes, channels in fours) ONNX Runtime
 * sums in one order; elsewhere it shares the positions of a single sample out among its threads, but gives each of several samples to
 * a thread of its own.
 * @returns [N, outputs, ...]
 */
export function steadyConvolution(b: Builder, c: Convolution): string {
  return goesByBatch(c) ? forms[c.window.kernel.length - 1]!(b, c) : asIs(b, c)
}

/** The convolution that a node is, or null where a size is not known. */
function convolutionOf(node: Node, facts: GraphFacts): Convolution | null {
  const [x, weight, bias] = node.inputs as [string, string, string?]
  const shape = (tensor: string) => facts.type(tensor).shape
  const sizes = [...shape(weight), ...shape(x).slice(1), ...shape(node.outputs[0]!).slice(1)]
  if (!sizes.every((size) => typeof size === 'number')) return null
  const weightSizes = sizes.slice(0, facts.rank(weight))
  const [from, to] = [spatial(facts, x), spatial(facts, node.outputs[0]!)]
  const window = windowOf(node, weightSizes.slice(2), from, to)
  const group = attributes.int(node, 'group', 1)
  return { x, weight, weightSizes, bias: bias || null, window, group, from, to }
}

/** Adds a convolution in the form whose samples do not depend on each other; false for other nodes. */
export function addConvolution(b: GraphBuilder, node: Node, facts: GraphFacts): boolean {
  if (node.op !== 'Conv' || node.domain !== '' || !facts.isTyped(node)) return false
  if (!facts.isConstant(node.inputs[1]!)) return false
  const c = convolutionOf(node, facts)
  if (c === null || !goesByBatch(c)) return false
  b.add({ ...node, op: 'Identity', inputs: [steadyConvolution(b, c)], attributes: {} })
  return true
}
