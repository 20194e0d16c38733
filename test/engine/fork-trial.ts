import type { Tensor } from '@crp-serve/runtime'
import fc from 'fast-check'
import type { Explanation, RowMask } from '../reference/lrp.ts'
import { compareArrays } from '../support/compare.ts'
import { type CompiledRun, compileRun, feedsOf, type RowInputs, type Rows, rowsAt } from './compiled-run.ts'
import type { Problem } from './conditioning.ts'
import type { Fetched } from './engine-session.ts'
import { type ForkNet, rowMasks } from './fork-net.ts'
import { type RuleSet, referenceRules, ruleSets } from './rule-set.ts'

/** A network with rules and with rows: every sample under every condition, sample-major. */
export interface ForkTrial {
  readonly net: ForkNet
  readonly rules: RuleSet
  readonly excludeParallel: boolean
  /** Masked tensors, from output to input. */
  readonly masked: readonly string[]
  /** Per condition the classes where relevance starts, and what it keeps of each masked tensor. */
  readonly conditions: readonly { readonly y: readonly number[]; readonly masks: readonly RowMask[] }[]
}

function conditions(net: ForkNet, masked: readonly boolean[]) {
  const sites = net.sites.filter((_, i) => masked[i])
  const condition = fc.record({
    y: fc.uniqueArray(fc.nat(net.classes - 1), { minLength: 1, maxLength: net.classes }),
    masks: fc.tuple(...sites.map(rowMasks)),
  })
  return fc.record({
    masked: fc.constant(sites.map(({ tensor }) => tensor)),
    conditions: fc.array(condition, { minLength: 1, maxLength: 3 }),
  })
}

const describeTrial = ({ net, rules, excludeParallel, masked, conditions: rows }: ForkTrial): string =>
  [
    ...net.model.graph.nodes.map(({ op, inputs, outputs }) => `${outputs} = ${op}(${inputs})`),
    `samples ${net.samples.shape}, exclude_parallel ${excludeParallel}, masked ${masked}`,
    ...rows.map(({ y, masks }) => `y ${y}; ${masks.map((mask) => JSON.stringify([...mask])).join(' ')}`),
    ...Object.entries(rules).map(([family, rule]) => `${family}: ${JSON.stringify(rule.request)}`),
  ].join('\n')

/** Random trials on networks; every subset of the sites may be masked. */
export const forkTrials = (nets: fc.Arbitrary<ForkNet>): fc.Arbitrary<ForkTrial> =>
  fc
    .tuple(nets, fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()))
    .chain(([net, masked]) =>
      fc
        .record({ rules: ruleSets([], [null]), excludeParallel: fc.boolean(), rows: conditions(net, masked) })
        .map(({ rules, excludeParallel, rows }) => ({ net, rules, excludeParallel, ...rows })),
    )
    .map((trial) => ({ ...trial, [fc.toStringMethod]: () => describeTrial(trial) }))

const recorded = ({ net }: ForkTrial): readonly string[] => net.sites.map(({ tensor }) => tensor)

const masksOf = (
  { masked, conditions: all }: ForkTrial,
  repeat: number,
): Record<string, readonly RowMask[]> =>
  Object.fromEntries(
    masked.map((tensor, i) => [
      tensor,
      Array.from({ length: repeat }, () => all.map(({ masks }) => masks[i]!)).flat(),
    ]),
  )

const repeated = <T>(items: readonly T[], times: number): T[] =>
  Array.from({ length: times }, () => items).flat()

/** What the reference is asked: one batch row for every sample and condition. */
export function forkProblem(trial: ForkTrial): Problem {
  const { net, rules, excludeParallel, conditions: all } = trial
  const samples = net.samples.shape[0]!
  return {
    model: net.model,
    input: rowsAt(
      net.samples,
      Array.from({ length: samples * all.length }, (_, i) => Math.floor(i / all.length)),
    ),
    options: {
      rules: referenceRules(net.model.graph, rules),
      select: repeated(
        all.map(({ y }) => y),
        samples,
      ),
      masks: masksOf(trial, samples),
      excludeParallel,
      record: recorded(trial),
    },
  }
}

/** The same for the engine. */
export const compileFork = (trial: ForkTrial): CompiledRun =>
  compileRun(trial.net.model, {
    rules: trial.rules,
    masks: trial.masked,
    excludeParallel: trial.excludeParallel,
    record: recorded(trial),
  })

/** All conditions as rows that ride on one sample. */
export const ridingRows = (trial: ForkTrial, sample: number): RowInputs => ({
  data: rowsAt(trial.net.samples, [sample]),
  select: trial.conditions.map(({ y }) => y),
  masks: masksOf(trial, 1),
})

/** All conditions as rows with a copy of the sample each. */
export const pairedRows = (trial: ForkTrial, sample: number): RowInputs => ({
  ...ridingRows(trial, sample),
  data: rowsAt(
    trial.net.samples,
    trial.conditions.map(() => sample),
  ),
})

/** The rows of several fetched tensors under each other. */
function under(tensors: readonly Tensor[]): Rows {
  const rows = tensors.reduce((sum, { dims }) => sum + dims[0]!, 0)
  return {
    shape: [rows, ...tensors[0]!.dims.slice(1)],
    data: tensors.flatMap(({ data }) => Array.from(data as Float32Array)),
  }
}

/** The engine's answers sample by sample, against the reference's: what differs by more than the tolerance. */
export function forkDifferences(
  { compiled: { outputs } }: CompiledRun,
  answer: Explanation,
  fetched: readonly Fetched[],
  tolerance: number,
): string[] {
  const pairs = [...outputs.relevance].map(
    ([layer, name]) => [layer.output, answer.relevance.get(layer.output)!, name] as const,
  )
  return [['input', answer.input, outputs.inputRelevance!] as const, ...pairs].flatMap(
    ([at, expected, name]) => {
      const { passed, message } = compareArrays(
        expected,
        under(fetched.map((result) => result[name]!)),
        tolerance,
      )
      return passed ? [] : [`${at}: ${message}`]
    },
  )
}

export const feedsOfSamples = (trial: ForkTrial, run: CompiledRun) =>
  Array.from({ length: trial.net.samples.shape[0]! }, (_, sample) => feedsOf(run, ridingRows(trial, sample)))
