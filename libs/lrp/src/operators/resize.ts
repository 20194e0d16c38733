import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import { type AxisMap, pullAlongAxes } from './axis-map.ts'
import { numbersOf } from './operands.ts'
import type { Operator, Site } from './operator.ts'

/** The given scale of every axis of a Resize, or null where it was given sizes instead. */
function scalesOf({ node, inputs }: Site, facts: GraphFacts): readonly number[] | null {
  const given = node.inputs[3] ? null : numbersOf(facts, node.inputs[2])
  if (given === null) return null
  const rank = facts.rank(inputs[0]!)
  const axes = attributes.ints(node, 'axes')?.map((axis) => (axis + rank) % rank)
  return Array.from({ length: rank }, (_, axis) => given[axes ? axes.indexOf(axis) : axis] ?? 1)
}

/** An identity matrix as n images of one row: [n, 1, 1, n]. */
function impulses(e: Emitter, n: number): string {
  const values = new Float32Array(n * n)
  for (let i = 0; i < n; i++) values[i * n + i] = 1
  return e.floats(values, [n, 1, 1, n])
}

/**
 * What a Resize makes of one axis, as a matrix [inputs, outputs]: the same node run on an impulse at every position.
 * The matrix is constant, so ONNX Runtime computes it when it loads the model, and whatever the node does with
 * coordinates, rounding and weights is in it.
 */
function axisMatrix(
  e: Emitter,
  { node }: Layer,
  inputs: number,
  outputs: number,
  scale: number | null,
): string {
  const { axes: _axes, keep_aspect_ratio_policy: _policy, ...rest } = node.attributes
  const by = scale === null ? ['', e.ints([inputs, 1, 1, outputs])] : [e.floats([1, 1, 1, scale], [4])]
  const response = e.op('Resize', [impulses(e, inputs), '', ...by], rest)
  return e.op('Reshape', [response, e.ints([inputs, outputs])])
}

/** The axes that a Resize changes, each with its matrix: interpolation works on one axis after the other. */
function mapsOf(e: Emitter, layer: Layer): readonly AxisMap[] {
  const [before, after] = [e.facts.sizes(layer.inputs[0]!), e.facts.sizes(layer.output)]
  const scales = scalesOf(layer, e.facts)
  return before.flatMap((inputs, i) => {
    const [outputs, scale] = [after[i]!, scales?.[i + 1] ?? null]
    if (inputs === outputs && (scale ?? 1) === 1) return []
    return [{ axis: i + 1, matrix: axisMatrix(e, layer, inputs, outputs, scale), inputs }]
  })
}

/** Resize in every mode that interpolates axis by axis (nearest, linear, cubic): the transposed interpolation. */
export const resize: Operator = {
  op: 'Resize',
  type: () => null,
  gradient: (e, layer, r) => [
    plain(pullAlongAxes(e, e.materialize(r), e.facts.sizes(layer.output), mapsOf(e, layer))),
  ],
  nonNegative: ({ node }, inputs) =>
    inputs.every(Boolean) && attributes.string(node, 'mode', 'nearest') !== 'cubic',
  refuse({ node }, facts) {
    if (!node.inputs[3] && numbersOf(facts, node.inputs[2]) === null) return 'its scales are not constant'
    const mode = attributes.string(node, 'coordinate_transformation_mode', 'half_pixel')
    if (mode === 'tf_crop_and_resize') return `its coordinate mode is ${mode}`
    const policy = attributes.string(node, 'keep_aspect_ratio_policy', 'stretch')
    return policy === 'stretch' ? null : `its aspect ratio policy is ${policy}`
  },
}
