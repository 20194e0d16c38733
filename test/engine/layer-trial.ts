import type { Model, Node } from '@crp-serve/onnx'
import fc from 'fast-check'
import { describeLayer, type RandomLayer } from '../reference/arbitraries.ts'
import type { Options } from '../reference/lrp.ts'
import { map, tensor } from '../reference/tensor.ts'
import { compareArrays } from '../support/compare.ts'
import { type CompiledRun, compileRun, feedsOf, type RowInputs } from './compiled-run.ts'
import { amplification, type Problem, solve } from './conditioning.ts'
import type { EngineSession } from './engine-session.ts'
import { type RuleSet, referenceRules, ruleSets } from './rule-set.ts'

type Start = 'prediction' | 'absolute' | 'given'

/** A random layer with everything that it is explained with. */
export interface Trial {
  readonly layer: RandomLayer
  readonly rules: RuleSet
  readonly start: Start
  readonly mergeBatchNorm: boolean
}

const describeTrial = ({ layer, rules, start, mergeBatchNorm }: Trial): string => {
  const requests = Object.entries(rules).map(([family, rule]) => `${family}: ${JSON.stringify(rule.request)}`)
  return [describeLayer(layer), ...requests, `start ${start}, merge ${mergeBatchNorm}`].join('\n')
}

/**
 * Whether no channel is likely to be zero at any position: random reals, and no Relu. Then a stabilizer's norm may be
 * taken over the channels of each position.
 */
const isDense = ({ model, input }: RandomLayer): boolean =>
  input.data.some((value) => !Number.isInteger(4 * value)) &&
  model.graph.nodes.every((node) => node.op !== 'Relu')

/** The model with node names that no tensor has, as exporters write them. */
function withNodeNames({ graph, ...model }: Model): Model {
  const nodes = graph.nodes.map((node, i) => ({ ...node, name: `/layer.${i}/${node.op}` }))
  return { ...model, graph: { ...graph, nodes } }
}

const randomRules = (layer: RandomLayer): fc.Arbitrary<RuleSet> =>
  ruleSets(layer.input.shape.slice(1), isDense(layer) ? [null, [1]] : [null])

/** Random trials of random layers; printed in words when one fails. */
export const trials = (layers: fc.Arbitrary<RandomLayer>): fc.Arbitrary<Trial> =>
  layers
    .chain((layer) =>
      fc.record({
        layer: fc.constant({ ...layer, model: withNodeNames(layer.model) }),
        rules: randomRules(layer),
        start: fc.constantFrom<Start>('prediction', 'absolute', 'given'),
        mergeBatchNorm: fc.boolean(),
      }),
    )
    .map((trial) => ({ ...trial, [fc.toStringMethod]: () => describeTrial(trial) }))

/** A start relevance of both signs, exact in float32. */
export const givenStart = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => ((i * 7) % 11) / 4 - 1)

const starts: Record<Start, NonNullable<Options['startWith']>> = {
  prediction: (value) => value,
  absolute: (value) => map(value, Math.abs),
  given: (value) => tensor(value.shape, givenStart(value.data.length)),
}

const isBehindConvolution = ({ graph }: Model, norm: Node): boolean =>
  graph.nodes.some((node) => node.op === 'Conv' && node.outputs[0] === norm.inputs[0])

/** What the reference is asked. */
export function problemOf({ layer, rules, start, mergeBatchNorm }: Trial): Problem {
  const options = {
    rules: referenceRules(layer.model.graph, rules),
    startWith: starts[start],
    mergeBatchNorms: (norm: Node) => mergeBatchNorm && isBehindConvolution(layer.model, norm),
  }
  return { model: layer.model, input: layer.input, options }
}

/** The same for the engine. */
export const compileTrial = ({ layer, rules, start, mergeBatchNorm }: Trial): CompiledRun =>
  compileRun(layer.model, { rules, startMode: start === 'prediction' ? 'value' : start, mergeBatchNorm })

/** Feeds for the samples of a trial, one row each. */
export function rowsOf({ layer: { input } }: Trial, { explainable, start }: CompiledRun): RowInputs {
  const rows = input.shape[0]!
  const sizes = explainable.facts.sizes(start.output)
  const count = sizes.reduce((a, b) => a * b, rows)
  return {
    data: input,
    start: { shape: [rows, ...sizes], data: givenStart(count) },
    select: Array.from({ length: rows }, () => null),
  }
}

/**
 * Largest amplification at which float32 is held against the reference, and how close it has to come: a hundred
 * roundings (6e-8) of the most sensitive problem would be 2e-4, what the engine was measured to need is below 4e-6.
 */
const [tamest, tolerance] = [32, 1e-5]

const hasNorm = (rules: RuleSet): boolean => JSON.stringify(rules).includes('"norm_scale":true')

/** Compares the engine with the reference; null where they agree, else by how much they differ. */
export async function disagreement(engine: EngineSession, trial: Trial): Promise<string | null> {
  const problem = problemOf(trial)
  const answer = solve(problem)
  fc.pre(amplification(problem, answer) <= tamest)
  const run = compileTrial(trial)
  const [fetched] = await engine.run(run, [feedsOf(run, rowsOf(trial, run))])
  const { dims, data } = fetched![run.compiled.outputs.inputRelevance!]!
  const actual = { shape: dims, data: data as Float32Array }
  // Where all values that a norm is taken over are zero, so is the stabilizer, and the quotient is 0 / 0.
  if (hasNorm(trial.rules)) fc.pre(actual.data.every(Number.isFinite))
  const { passed, message } = compareArrays(answer.input, actual, tolerance)
  return passed ? null : message
}
