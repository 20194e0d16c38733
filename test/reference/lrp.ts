import type { Model, Node } from '@crp-serve/onnx'
import { fuseMatMulBias, mergeBatchNorms, type Subject } from './canonical.ts'
import { callOf, descendants, evaluate, inputName, opsetOf, outputName } from './evaluate.ts'
import { propagate, type Rule, type Site } from './rules.ts'
import { plus, type Tensor, tensor, zerosLike } from './tensor.ts'

/**
 * What one row keeps of a masked tensor: the listed channels (axis 1), or for each channel the listed flat positions
 * over the remaining axes. Everything else is multiplied by zero.
 */
export type RowMask = readonly number[] | ReadonlyMap<number, readonly number[]>

/** How to explain. Rows are the batch rows of the input: repeat a sample to put several conditions to it. */
export interface Options {
  /** The rule of a node of the rewritten graph (batch norms merged, MatMul and its bias one node). */
  readonly rules: (node: Node, index: number) => Rule | null
  /** The tensor that relevance starts at; default: the model's output. */
  readonly startAt?: string
  /** The relevance to start with, out of the value of that tensor; default: the value itself. */
  readonly startWith?: (value: Tensor) => Tensor
  /** Per row the indices of axis 1 that the start keeps; default: all. */
  readonly select?: readonly (readonly number[])[]
  /** By tensor name, from output to input: per row what it keeps; null keeps everything. */
  readonly masks?: Readonly<Record<string, readonly (RowMask | null)[]>>
  /** Pull relevance only through the masked tensors, one after the other (zennit-crp's exclude_parallel). */
  readonly excludeParallel?: boolean
  /** Tensors whose relevance and value are wanted. */
  readonly record?: readonly string[]
  /** Which batch norms are merged into the layer before them; default: none. */
  readonly mergeBatchNorms?: (norm: Node) => boolean
}

/** The outcome: everything per row. */
export interface Explanation {
  readonly prediction: Tensor
  /** Relevance at the model's input. */
  readonly input: Tensor
  /** Relevance at the recorded tensors before their mask; zeros where none arrived. */
  readonly relevance: ReadonlyMap<string, Tensor>
  readonly activation: ReadonlyMap<string, Tensor>
}

const keeps = (mask: RowMask, channel: number, position: number): boolean =>
  'has' in mask ? (mask.get(channel)?.includes(position) ?? false) : mask.includes(channel)

/** Relevance with everything that the rows' masks do not keep set to zero. */
export function masked(relevance: Tensor, rows: readonly (RowMask | null)[]): Tensor {
  const [batch, channels] = relevance.shape as [number, number]
  if (rows.length !== batch) throw new Error(`${rows.length} masks for ${batch} rows`)
  const plane = relevance.data.length / (batch * channels)
  const data = relevance.data.map((value, i) => {
    const mask = rows[Math.floor(i / (channels * plane))]
    return mask && !keeps(mask, Math.floor(i / plane) % channels, i % plane) ? 0 : value
  })
  return { ...relevance, data }
}

/** The model with its values, rewritten, and the options: what every pass needs. */
interface Run {
  readonly subject: Subject
  readonly options: Options
  readonly recorded: Map<string, Tensor>
}

/** Takes note of a tensor's whole relevance, then masks it. */
function visited({ options, recorded }: Run, name: string, relevance: Tensor): Tensor {
  if (options.record?.includes(name)) recorded.set(name, relevance)
  const mask = options.masks?.[name]
  return mask ? masked(relevance, mask) : relevance
}

const siteOf = ({ subject }: Run, node: Node): Site => ({
  call: callOf(node, subject.values, subject.opset),
  output: subject.values.get(node.outputs[0]!)!,
  dynamic: node.inputs.map((name) => subject.dynamic.has(name)),
})

/** Adds the relevances at a node's inputs to what is pending; `wanted` says which tensors get any. */
function hand(
  run: Run,
  node: Node,
  index: number,
  upper: Tensor,
  pending: Map<string, Tensor>,
  wanted: Set<string>,
) {
  if (!node.inputs.some((name) => wanted.has(name))) return
  const lower = propagate(siteOf(run, node), run.options.rules(node, index), upper)
  node.inputs.forEach((name, i) => {
    if (!wanted.has(name)) return
    const relevance = lower[i]
    if (!relevance) throw new Error(`${node.op} ${node.name} gives its input ${i} no relevance`)
    pending.set(name, pending.has(name) ? plus(pending.get(name)!, relevance) : relevance)
  })
}

/** One backward pass from a tensor to another one; returns the relevance there. Throws where no path connects them. */
function pull(run: Run, from: string, relevance: Tensor, to: string): Tensor {
  const { nodes } = run.subject
  const wanted = descendants(nodes, to)
  if (!wanted.has(from)) throw new Error(`no path leads from ${from} back to ${to}`)
  const pending = new Map([[from, relevance]])
  for (const [index, node] of [...nodes.entries()].reverse()) {
    const name = node.outputs[0]!
    const upper = pending.get(name)
    if (upper && name !== to) hand(run, node, index, visited(run, name, upper), pending, wanted)
  }
  return pending.get(to)!
}

/** The start relevance: the wanted function of the start tensor's value, reduced to the selected indices. */
function startRelevance({ subject, options }: Run, name: string): Tensor {
  const value = subject.values.get(name)
  if (!value) throw new Error(`the model has no tensor ${name}`)
  const start = options.startWith?.(value) ?? value
  return options.select ? masked(start, options.select) : start
}

function explainInPasses(run: Run, input: string): Tensor {
  const { startAt, masks = {}, excludeParallel } = run.options
  const start = startAt ?? run.subject.outputs[0]!
  const stops = excludeParallel ? Object.keys(masks).filter((name) => name !== start) : []
  let [from, relevance] = [start, startRelevance(run, start)]
  for (const stop of [...stops, input]) {
    relevance = pull(run, from, relevance, stop)
    from = stop
  }
  return visited(run, input, relevance)
}

function rewritten(model: Model, input: Tensor, options: Options): Subject {
  const { nodes } = model.graph
  const subject: Subject = {
    nodes,
    values: evaluate(model, input),
    opset: opsetOf(model),
    outputs: [outputName(model.graph)],
    dynamic: descendants(nodes, inputName(model.graph)),
  }
  return mergeBatchNorms(fuseMatMulBias(subject), options.mergeBatchNorms ?? (() => false))
}

/** Throws when a tensor that is to be masked or recorded is not in the rewritten graph. */
function checkNames({ nodes, dynamic }: Subject, names: readonly string[], input: string): void {
  const known = new Set([input, ...nodes.flatMap((node) => node.outputs)])
  for (const name of names) {
    if (!known.has(name) || !dynamic.has(name)) throw new Error(`no relevance can pass a tensor ${name}`)
  }
}

/** Layer-wise (and concept) relevance propagation of a model on a batch of rows, row-major float32 values. */
export function explain(
  model: Model,
  input: { readonly data: ArrayLike<number>; readonly shape: readonly number[] },
  options: Options,
): Explanation {
  const subject = rewritten(model, tensor(input.shape, input.data), options)
  const run: Run = { subject, options, recorded: new Map() }
  const record = options.record ?? []
  const name = inputName(model.graph)
  checkNames(subject, [...record, ...Object.keys(options.masks ?? {})], name)
  const relevance = explainInPasses(run, name)
  const { values } = subject
  return {
    prediction: values.get(outputName(model.graph))!,
    input: relevance,
    relevance: new Map(record.map((t) => [t, run.recorded.get(t) ?? zerosLike(values.get(t)!)])),
    activation: new Map(record.map((t) => [t, values.get(t)!])),
  }
}

/** Heatmap of a relevance tensor: its sum over axis 1. */
export function heatmap(relevance: Tensor): Tensor {
  const [batch, channels, ...rest] = relevance.shape as [number, number, ...number[]]
  const plane = relevance.data.length / (batch * channels)
  const out = new Float64Array(batch * plane)
  relevance.data.forEach((value, i) => {
    out[Math.floor(i / (channels * plane)) * plane + (i % plane)]! += value
  })
  return tensor([batch, ...rest], out)
}
