import type { EnginePredictionResponse, PredictionTask } from '@crp-serve/contracts'
import { groupRows, planRows } from '@crp-serve/crp'
import type { WorkOptions } from '../config.ts'
import { type ModelRecord, preparationOf, startOf } from '../models/record.ts'
import { takesSeveralSamples, timingsOf, type Workshop } from './attribute.ts'
import { sampleTensor } from './feeds.ts'
import { predictionOf } from './prediction.ts'
import { rowOf } from './program.ts'
import { loadSamples, type Sample } from './samples.ts'

/** Samples of one run: a forward pass alone takes little memory. */
const samplesPerRun = 16

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))

/** Samples that can run together, by their positions in the request. */
function runsOf(samples: readonly Sample[], together: number): number[][] {
  const rows = planRows(samples.length, 1, 'product')
  const sameSize = groupRows(rows, ({ sample }) => samples[sample]!.sizes.join('x'))
  return sameSize.flatMap((group) =>
    chunks(
      group.map(({ sample }) => sample),
      together,
    ),
  )
}

/**
 * Answers a prediction task with the model's forward pass. Works for models that cannot be explained, too.
 * @param content folder of the model's content
 */
export async function predict(
  task: PredictionTask,
  record: ModelRecord,
  content: string,
  { config, tools, runtime, catalogue, datasets }: Workshop,
  work: WorkOptions,
): Promise<EnginePredictionResponse> {
  const samples = await loadSamples(task.inputs, { tools, config, record, datasets, pictures: false, work })
  const results: EnginePredictionResponse['results'] = []
  const cost = { queueMs: 0, computeMs: 0, executions: 0, batch: 0, forwardEquivalents: 0 }
  const input = record.inspection.inputs[0]!.name
  for (const run of runsOf(samples, takesSeveralSamples(record) ? samplesPerRun : 1)) {
    const path = await catalogue.prediction(preparationOf(record, content, true, samples[run[0]!]!.sizes))
    const { outputs } = await runtime.describe(path, work)
    const names = outputs.map(({ name }) => name)
    const data = sampleTensor(run.map((sample) => samples[sample]!))
    const execution = await runtime.execute([{ model: path, feeds: { [input]: data }, fetch: names }], work)
    const [output, logits] = names.map((name) => execution.outputs[0]![name]!)
    const scores = startOf(record) === 'logits' ? logits : output
    run.forEach((sample, i) => {
      const answer = {
        output: rowOf(output!, i),
        start: rowOf(scores ?? output!, i),
        probability: record.inspection.probability,
        labels: record.metadata.labels ?? undefined,
      }
      results[sample] = { sample, prediction: predictionOf(answer, task.prediction) }
    })
    cost.queueMs += execution.queueMs
    cost.computeMs += execution.computeMs
    cost.executions += 1
    cost.batch = Math.max(cost.batch, run.length)
    cost.forwardEquivalents += run.length
  }
  return { model: record.name, model_sha256: record.sha256, results, timings: timingsOf(cost) }
}
