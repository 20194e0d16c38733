import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { analyse, type CompositeSpec, canonize, type Layer, rulesFor } from '@crp-serve/lrp'
import { foldConstants, inferTypes, type Model, type Node, readModel } from '@crp-serve/onnx'
import { explain } from '../../test/reference/lrp.ts'
import type { Rule } from '../../test/reference/rules.ts'
import { readNumpy } from '../../test/support/numpy.ts'
import { relativeError } from './errors.ts'
import type { Explainer } from './explainer.ts'
import { exporters } from './models.ts'

/** One line of the second table: the first input of a model. */
export interface ConservingLine {
  readonly model: string
  readonly exporter: string
  /** Largest difference from the float64 reference, relative to the largest relevance. */
  readonly error: number
  /** What the error may be. */
  readonly bound: number
  /** Share of the start relevance that neither reached the input nor was absorbed. */
  readonly lost: number
  readonly warnings: readonly string[]
}

/** Bounds of a line: what float32 may lose in a deep residual net, against float64 and in the account. */
export const bounds = { error: 5e-3, lost: 1e-3 } as const

/** Where float32 loses more than that on the peer's side, too, an error may be this many times what it loses there. */
export const timesNoise = 2

export const conserves = ({ error, bound, lost, warnings }: ConservingLine): boolean =>
  error <= bound && lost <= bounds.lost && warnings.length === 0

const inert: readonly string[] = ['Mul', 'LayerNormalization']

/** epsilon_plus_flat that keeps the sum: gates and layer norms pass the relevance on to their signal. */
function conservingComposite(layers: readonly Layer[]): CompositeSpec {
  const entries = layers
    .filter(({ type, node }) => type === 'normalization' || (type === null && inert.includes(node.op)))
    .map(({ name }) => ({ match: { name }, rule: { name: 'pass' as const } }))
  return { layers: entries, base: 'epsilon_plus_flat' } as CompositeSpec
}

const referenceRules: Readonly<Record<string, Rule>> = {
  epsilon: { name: 'epsilon' },
  z_plus: { name: 'z_plus' },
  flat: { name: 'flat' },
  norm: { name: 'norm' },
  gradient: { name: 'gradient' },
}

/** Which input of a node of a passing layer leads to what the layer passes the relevance to. */
function passedTo(node: Node, layer: Layer): number {
  const signal = layer.inputs[layer.signal ?? 0]!
  const inner = new Set(layer.nodes.flatMap(({ outputs }) => outputs))
  const direct = node.inputs.indexOf(signal)
  return direct >= 0 ? direct : node.inputs.findIndex((name) => inner.has(name))
}

/** The rules of the engine as the reference writes them, node by node. */
function nodeRules(model: Model, composite: CompositeSpec): (node: Node) => Rule | null {
  const explainable = analyse(model)
  const rules = new Map<string, Rule>()
  for (const [layer, { rule }] of rulesFor(explainable, composite))
    for (const node of layer.nodes) {
      const known = rule.name === 'pass' ? { name: 'pass' as const, to: passedTo(node, layer) } : null
      if (known || node === layer.node) rules.set(node.name, known ?? referenceRules[rule.name]!)
    }
  return (node) => rules.get(node.name) ?? null
}

/** A canonized model for one sample, whose shape arithmetic is constant then: the reference computes none. */
function ofOneSample({ graph, ...model }: Model): Model {
  const inputs = graph.inputs.map((input) => ({ ...input, shape: [1, ...(input.shape ?? []).slice(1)] }))
  const single = { ...model, graph: { ...graph, inputs } }
  return foldConstants(single, inferTypes(single, {}, { batch: 'declared' }))
}

/**
 * Explains the first input by rules that keep the sum, and holds it against the float64 reference and the account.
 * @param noise the peer's largest error in float32 on the same model; 0 where that is not known
 */
export async function comparedWithReference(
  explainer: Explainer,
  model: string,
  folder: string,
  noise: number,
): Promise<readonly ConservingLine[]> {
  const { targets } = JSON.parse(await readFile(join(folder, 'facts.json'), 'utf8')) as { targets: number[] }
  const all = readNumpy(join(folder, 'input.npy'))
  const input = {
    shape: [1, ...all.shape.slice(1)],
    data: all.data.slice(0, all.data.length / targets.length),
  }
  const lines: ConservingLine[] = []
  for (const [exporter, file] of Object.entries(exporters)) {
    const path = join(folder, file)
    const canonical = canonize(readModel(await readFile(path)), { mergeBatchNorm: true }).model
    const composite = conservingComposite(analyse(canonical).layers)
    const rules = nodeRules(canonical, composite)
    const [row] = await explainer.explain(
      await explainer.register(path),
      input,
      targets.slice(0, 1),
      composite,
    )
    const reference = explain(ofOneSample(canonical), input, { rules, select: [targets.slice(0, 1)] })
    const { initial, input: arrived, absorbed, warnings } = row!.trust
    const taken = Object.values(absorbed).reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0)
    const lost = Math.abs((initial! - arrived! - taken) / initial!)
    lines.push({
      model,
      exporter,
      error: relativeError(reference.input.data, row!.relevance).largest,
      bound: Math.max(bounds.error, timesNoise * noise),
      lost,
      warnings,
    })
  }
  return lines
}
