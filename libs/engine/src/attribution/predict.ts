import type { EnginePredictionResponse, PredictionTask } from '@crp-serve/contracts'
import { groupRows, planRows } from '@crp-serve/crp'
import type { Runtime } from '@crp-serve/runtime'
import type { WorkOptions } from '../config.ts'
import { type ModelRecord, preparationOf, startOf } from '../models/record.ts'
import type { RunOptions, Together, Unit } from '../scheduling/batcher.ts'
import { takesSeveralSamples, type Workshop } from './attribute.ts'
import { count } from './bytes.ts'
import { sampleTensor } from './feeds.ts'
import { predictionOf } from './prediction.ts'
import { type RowTensor, rowOf } from './program.ts'
import { loadSamples, type Sample } from './samples.ts'
import { timingsOf } from './timings.ts'

/** Samples of one run: a forward pass alone takes little memory. */
const samplesPerRun = 16

/** Multiply-accumulates for one number of the input, as much as ResNet-50 has: the forward pass alone is not counted. */
const multiplicationsPerValue = 30_000

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

/** Samples for one forward pass of the model at a path. */
interface ForwardRequest {
  readonly path: string
  readonly input: string
  /** Outputs of the model. */
  readonly names: readonly string[]
  readonly samples: readonly Sample[]
}

/** What the forward pass gave for the samples of one request. */
interface ForwardRun {
  /** Row `i` of an output. */
  readonly read: (output: string, i: number) => RowTensor
  readonly queueMs: number
  readonly computeMs: number
  /** Samples of the run, those of other requests included. */
  readonly batch: number
}

async function forwardTogether(
  requests: readonly ForwardRequest[],
  runtime: Runtime,
  options: RunOptions,
): Promise<Together<ForwardRun>> {
  const [{ path, input, names }] = requests as readonly [ForwardRequest]
  const samples = requests.flatMap((request) => request.samples)
  const step = { model: path, feeds: { [input]: sampleTensor(samples) }, fetch: names }
  const { outputs, queueMs, computeMs } = await runtime.execute([step], options)
  let before = 0
  const results = requests.map((request): ForwardRun => {
    const offset = before
    before += request.samples.length
    const read = (output: string, i: number) => rowOf(outputs[0]![output]!, offset + i)
    return { read, queueMs, computeMs, batch: samples.length }
  })
  return { results, computeMs }
}

function forwardUnit(
  request: ForwardRequest,
  runtime: Runtime,
  together: number,
  work: WorkOptions,
): Unit<ForwardRequest, ForwardRun> {
  const { path, samples } = request
  return {
    key: together > 1 ? JSON.stringify(['forward', path, samples[0]!.sizes]) : null,
    rows: samples.length,
    mostRows: together,
    cost: samples.length * count(samples[0]!.sizes) * multiplicationsPerValue,
    payload: request,
    work,
    run: (requests, options) => forwardTogether(requests, runtime, options),
  }
}

/**
 * Answers a prediction task with the model's forward pass. Works for models that cannot be explained, too.
 * @param content folder of the model's content
 */
export async function predict(
  task: PredictionTask,
  record: ModelRecord,
  content: string,
  { config, tools, runtime, batcher, catalogue, datasets }: Workshop,
  work: WorkOptions,
): Promise<EnginePredictionResponse> {
  const samples = await loadSamples(task.inputs, { tools, config, record, datasets, pictures: false, work })
  const results: EnginePredictionResponse['results'] = []
  const cost = { queueMs: 0, computeMs: 0, executions: 0, batch: 0, forwardEquivalents: 0 }
  const input = record.inspection.inputs[0]!.name
  const together = takesSeveralSamples(record) ? samplesPerRun : 1
  for (const run of runsOf(samples, together)) {
    const path = await catalogue.prediction(preparationOf(record, content, true, samples[run[0]!]!.sizes))
    const names = await catalogue.outputs(path, () => runtime.describe(path))
    const request = { path, input, names, samples: run.map((sample) => samples[sample]!) }
    const { value, waitedMs } = await batcher.run(forwardUnit(request, runtime, together, work))
    const [output, logits = output] = names
    const scores = startOf(record) === 'logits' ? logits : output
    run.forEach((sample, i) => {
      const answer = {
        output: value.read(output!, i),
        start: value.read(scores!, i),
        probability: record.inspection.probability,
        labels: record.metadata.labels ?? undefined,
      }
      results[sample] = { sample, prediction: predictionOf(answer, task.prediction) }
    })
    cost.queueMs += waitedMs + value.queueMs
    cost.computeMs += value.computeMs
    cost.executions += 1
    cost.batch = Math.max(cost.batch, value.batch)
    cost.forwardEquivalents += run.length
  }
  return { model: record.name, model_sha256: record.sha256, results, timings: timingsOf(cost) }
}
