import type { MaxTarget, ReferenceMode } from '@crp-serve/contracts'
import { absNormalized, startSelection } from '@crp-serve/crp'
import type { Execution, Feed, Tensor } from '@crp-serve/runtime'
import { count } from '../attribution/bytes.ts'
import type { SamplingPlan } from '../tools/compile-sampling.ts'
import type { CollectRow } from './row-batches.ts'

/** What one row says of the channels of a layer. */
export interface SampledLayer {
  readonly mode: ReferenceMode
  readonly layer: string
  readonly values: ArrayLike<number>
  readonly neurons: ArrayLike<number>
}

/** What a batch is run with. */
export interface BatchContext {
  readonly plan: SamplingPlan
  /** Sizes of the scores, behind the batch axis. */
  readonly scoreSizes: readonly number[]
  readonly maxTarget: MaxTarget
  readonly absNorm: boolean
}

/**
 * Rows of a run at least. A matrix product of one row takes another kernel of ONNX Runtime's CPU provider and rounds
 * differently (libs/runtime, session options), and results must not depend on how samples are cut into batches.
 */
export const leastRows = 2

/** Everything that a batch is fed; a batch of fewer rows than `least` is filled up with its last one. */
export function batchInputs(
  rows: readonly CollectRow[],
  { plan, scoreSizes }: BatchContext,
  least: number,
): Record<string, Feed> {
  const padded = [...rows, ...Array.from({ length: least - rows.length }, () => rows.at(-1)!)]
  const { sizes } = padded[0]!
  const size = count(sizes)
  const data = new Float32Array(padded.length * size)
  for (const [i, { values }] of padded.entries()) data.set(values, i * size)
  const { select, predicted } = startSelection(
    padded.map(({ target }) => target),
    scoreSizes,
  )
  const { inputs } = plan
  return {
    [inputs.data]: { type: 'float32', dims: [padded.length, ...sizes], data },
    [inputs.select]: { type: 'float32', ...select },
    ...(inputs.predicted === null ? {} : { [inputs.predicted]: { type: 'float32', ...predicted } }),
  }
}

/** Names of everything that a plan gives. */
export function batchOutputs({ outputs }: SamplingPlan): string[] {
  const layers = [...Object.values(outputs.relevance), ...Object.values(outputs.activation)]
  const names = [outputs.scores, ...layers.flatMap(({ values, neurons }) => [values, neurons])]
  return [...new Set(names.filter((name) => name !== null))]
}

type Outputs = Execution['outputs'][number]

const row = ({ dims, data }: Tensor, i: number): ArrayLike<number> => {
  const size = data.length / dims[0]!
  return (data as Float32Array | Int32Array).subarray(i * size, (i + 1) * size)
}

/** The class with the greatest score; the first one where several are equal, as the graph chooses it. */
function predictedClass(scores: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i
  return best
}

/** The class that a row's relevance starts from. */
export function targetOf(
  { target }: CollectRow,
  i: number,
  { plan }: BatchContext,
  outputs: Outputs,
): number {
  return target === 'predicted' ? predictedClass(row(outputs[plan.outputs.scores!]!, i)) : target[0]!
}

/** Positions of a row's channels; the first one where the sum is no number, for which the graph gives any. */
function settled(neurons: ArrayLike<number>, sums: ArrayLike<number>): ArrayLike<number> {
  let missing = 0
  for (let i = 0; i < sums.length; i++) if (Number.isNaN(sums[i])) missing++
  return missing === 0 ? neurons : Int32Array.from(neurons, (at, i) => (Number.isNaN(sums[i]) ? 0 : at))
}

/** What row i of a batch says of every layer: relevance, and activations with the sample's first row. */
export function* sampledLayers(
  { first }: CollectRow,
  i: number,
  { plan, absNorm }: BatchContext,
  outputs: Outputs,
): Generator<SampledLayer> {
  const modes: readonly ReferenceMode[] = first ? ['relevance', 'activation'] : ['relevance']
  for (const mode of modes) {
    for (const [layer, { values, neurons }] of Object.entries(plan.outputs[mode])) {
      const sums = row(outputs[values]!, i)
      yield {
        mode,
        layer,
        values: absNorm ? absNormalized(sums) : sums,
        neurons: neurons === null ? new Int32Array(sums.length) : settled(row(outputs[neurons]!, i), sums),
      }
    }
  }
}
