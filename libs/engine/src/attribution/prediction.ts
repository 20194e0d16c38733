import type { EngineAttributionResponse, PredictionTask } from '@crp-serve/contracts'
import { greatest } from '@crp-serve/crp'
import type { Probability } from '../tools/describe.ts'
import { floatTensor } from './bytes.ts'
import type { RowTensor } from './program.ts'

type Prediction = EngineAttributionResponse['results'][number]['prediction']

/** What a model said of one sample. */
export interface ModelAnswer {
  /** The model's own output. */
  readonly output: RowTensor
  /** The tensor where relevance starts. */
  readonly start: RowTensor
  readonly probability: Probability
  readonly labels: readonly string[] | undefined
}

/** exp(x) / sum of exp(x), in float64, shifted by the maximum against overflow. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits)
  const top = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const powers = values.map((value) => Math.exp(value - top))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}

function probabilities({ output, start, probability }: ModelAnswer): ArrayLike<number> {
  if (probability === 'output') return output.values
  return probability === 'exp-output' ? output.values.map(Math.exp) : softmax(start.values)
}

const figure = (value: number | undefined) => (Number.isFinite(value) ? value! : null)

/**
 * The prediction of one sample: the best classes by their score at the start tensor, with the probability of the model's
 * own output. A model whose start tensor has positions besides classes (a segmenter) has no best classes.
 */
export function predictionOf(answer: ModelAnswer, task: PredictionTask['prediction']): Prediction {
  const { output, start, labels } = answer
  const best = start.sizes.length === 1 ? greatest(start.values, task.top) : []
  const share = best.length > 0 ? probabilities(answer) : []
  return {
    top: best.map((index) => ({
      index,
      ...(labels?.[index] === undefined ? {} : { label: labels[index] }),
      score: figure(start.values[index]),
      probability: figure(share[index]),
    })),
    ...(task.tensor ? { tensor: floatTensor(output.sizes, output.values) } : {}),
  }
}
