import { setImmediate as turn } from 'node:timers/promises'
import { type InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { RuntimeError } from '../errors.ts'
import { privateMemory } from '../pool/memory.ts'
import type { Feed, ModelInfo, ProgramResult, Step, Tensor, ValueInfo } from './program.ts'
import type { SessionCache } from './session-cache.ts'

const tensorTypes: readonly string[] = [
  'float32',
  'int64',
  'bool',
  'int32',
  'uint8',
  'float64',
] satisfies Tensor['type'][]

/**
 * Runs the steps one after the other. Looks at `signal` before each session that is loaded and each step: a run itself cannot be
 * interrupted.
 * @throws RuntimeError `cancelled`, `model-load-failed`, `feed-mismatch`, `unknown-slot`, `unknown-output`, `run-failed`
 */
export async function execute(
  sessions: SessionCache,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<ProgramResult> {
  const slots = new Map<string, OrtTensor>()
  const outputs: Record<string, Tensor>[] = []
  const time = { load: 0, compute: 0 }
  const proceed = async (index: number) => {
    // One turn of the event loop, so that a cancel message that came during the last run is read.
    await turn()
    if (signal.aborted)
      throw new RuntimeError('cancelled', `Cancelled before step ${index} of ${steps.length}.`)
  }
  const start = performance.now()
  await sessions.loadAll([...new Set(steps.map(({ model }) => model))], () => proceed(0))
  time.load += performance.now() - start
  for (const [index, step] of steps.entries()) {
    await proceed(index)
    const loadStart = performance.now()
    const session = await sessions.get(step.model)
    const runStart = performance.now()
    const results = await runStep(sessions, session, step, slots)
    time.load += runStart - loadStart
    time.compute += performance.now() - runStart
    for (const [output, slot] of Object.entries(step.keep ?? {})) slots.set(slot, results[output]!)
    outputs.push(Object.fromEntries(step.fetch.map((name) => [name, plainTensor(name, results[name]!)])))
  }
  return { outputs, computeMs: time.compute, loadMs: time.load }
}

/** Inputs and outputs of a session's model. */
export function modelInfo(session: InferenceSession): ModelInfo {
  return { inputs: session.inputMetadata.map(valueInfo), outputs: session.outputMetadata.map(valueInfo) }
}

function valueInfo(metadata: InferenceSession.ValueMetadata): ValueInfo {
  if (!metadata.isTensor) return { name: metadata.name, type: 'non-tensor', dims: [] }
  return { name: metadata.name, type: metadata.type, dims: metadata.shape }
}

async function runStep(
  sessions: SessionCache,
  session: InferenceSession,
  step: Step,
  slots: ReadonlyMap<string, OrtTensor>,
): Promise<Record<string, OrtTensor>> {
  checkNames(session, step)
  const feeds = Object.entries(step.feeds).map(([name, feed]) => [
    name,
    ortTensor(name, feed, slots, step.model),
  ])
  const wanted = [...new Set([...step.fetch, ...Object.keys(step.keep ?? {})])]
  const before = privateMemory()
  try {
    const results = await session.run(Object.fromEntries(feeds), wanted)
    await sessions.noteRun(step.model, privateMemory() - before)
    return results as Record<string, OrtTensor>
  } catch (error) {
    throw new RuntimeError('run-failed', `The model could not be run: ${(error as Error).message}`, {
      details: { model: step.model },
    })
  }
}

function checkNames(session: InferenceSession, step: Step): void {
  const missing = session.inputNames.filter((name) => !Object.hasOwn(step.feeds, name))
  const unknown = Object.keys(step.feeds).filter((name) => !session.inputNames.includes(name))
  if (missing.length + unknown.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`without ${missing.join(', ')}`] : []),
      ...(unknown.length > 0 ? [`with the unknown ${unknown.join(', ')}`] : []),
    ]
    const message = `The model takes ${session.inputNames.join(', ')}; it was fed ${parts.join(' and ')}.`
    throw new RuntimeError('feed-mismatch', message, { details: { model: step.model, missing, unknown } })
  }
  const absent = [...step.fetch, ...Object.keys(step.keep ?? {})].filter(
    (name) => !session.outputNames.includes(name),
  )
  if (absent.length === 0) return
  const message = `The model has no output ${absent.join(', ')}; it has ${session.outputNames.join(', ')}.`
  throw new RuntimeError('unknown-output', message, { details: { model: step.model, unknown: absent } })
}

function ortTensor(
  name: string,
  feed: Feed,
  slots: ReadonlyMap<string, OrtTensor>,
  model: string,
): OrtTensor {
  if ('slot' in feed) {
    const kept = slots.get(feed.slot)
    if (kept) return kept
    throw new RuntimeError(
      'unknown-slot',
      `No earlier step kept the slot ${feed.slot} that ${name} asks for.`,
      {
        details: { model, input: name, slot: feed.slot },
      },
    )
  }
  try {
    return new OrtTensor(feed.type, feed.data as Float32Array, feed.dims)
  } catch (error) {
    throw new RuntimeError('feed-mismatch', `Input ${name}: ${(error as Error).message}`, {
      details: { model, input: name },
    })
  }
}

function plainTensor(name: string, tensor: OrtTensor): Tensor {
  if (!tensorTypes.includes(tensor.type)) {
    const message = `Output ${name} is ${tensor.type}; only ${tensorTypes.join(', ')} can be returned.`
    throw new RuntimeError('run-failed', message, { details: { output: name } })
  }
  return { type: tensor.type as Tensor['type'], dims: tensor.dims, data: tensor.data as Tensor['data'] }
}
