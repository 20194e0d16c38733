import {
  analyse,
  type CompiledAttribution,
  type CompositeSpec,
  canonize,
  compileAttribution,
  type Explainable,
  type Layer,
  type Part,
  rulesFor,
  type StartMode,
  splitByInputs,
  startLayer,
} from '@crp-serve/lrp'
import { constants, type Model } from '@crp-serve/onnx'
import type { Tensor } from '@crp-serve/runtime'
import type { RowMask } from '../reference/lrp.ts'
import { compositeOf, type RuleSet } from './rule-set.ts'

/** Feeds of a compiled graph by the names of its inputs. */
export type RowFeeds = Readonly<Record<string, Tensor>>

/** What to compile; layers are named by their output tensors. */
export interface RunOptions {
  readonly rules: RuleSet
  readonly startMode?: StartMode
  readonly mergeBatchNorm?: boolean
  /** From output to input. */
  readonly masks?: readonly string[]
  readonly excludeParallel?: boolean
  /** Layers whose relevance and activation are wanted. */
  readonly record?: readonly string[]
}

/** A compiled attribution, whole and cut by its inputs: data, start, masks. */
export interface CompiledRun {
  readonly explainable: Explainable
  readonly start: Layer
  readonly compiled: CompiledAttribution
  readonly parts: readonly Part[]
}

/** The inputs in the order in which they become known. */
function inputGroups({ inputs }: CompiledAttribution): readonly (readonly string[])[] {
  const target = [inputs.select, inputs.start].filter((name) => name !== null)
  return [[inputs.data], target, ...[...inputs.masks.values()].map((name) => [name])]
}

/** Compiles an attribution of an analysed model by a composite, with everything that can be put out. */
function compile(
  explainable: Explainable,
  composite: CompositeSpec,
  options: Omit<RunOptions, 'rules' | 'mergeBatchNorm'>,
): CompiledRun {
  const assigned = rulesFor(explainable, composite)
  const find = (names: readonly string[] = []) => names.map((name) => explainable.lookup.get(name))
  const start = startLayer(explainable, 'output')
  const recorded = find(options.record)
  const rules = new Map([...assigned].map(([layer, { rule }]) => [layer, rule]))
  const compiled = compileAttribution(explainable, rules, {
    start,
    startMode: options.startMode ?? 'value',
    predicted: false,
    masks: find(options.masks),
    excludeParallel: options.excludeParallel ?? false,
    relevance: recorded,
    activation: recorded,
    heatmap: true,
    inputRelevance: true,
  })
  return { explainable, start, compiled, parts: splitByInputs(compiled.model, inputGroups(compiled)) }
}

/** Compiles an attribution of a model that starts at its output. */
export function compileRun(
  model: Model,
  { rules, mergeBatchNorm = false, ...options }: RunOptions,
): CompiledRun {
  const explainable = analyse(canonize(model, { mergeBatchNorm }).model)
  return compile(explainable, compositeOf(rules, mergeBatchNorm), options)
}

/** The same with a composite of the API, batch norms merged. */
export const compileComposite = (model: Model, composite: CompositeSpec): CompiledRun =>
  compile(analyse(canonize(model, { mergeBatchNorm: true }).model), composite, {})

/** A float32 tensor to be fed. */
export const floats = (dims: readonly number[], data: ArrayLike<number>): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(data),
})

/** Values of rows: row-major, axis 0 is the row. */
export interface Rows {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/** Rows of a batch taken by their numbers. */
export function rowsAt({ shape, data }: Rows, indices: readonly number[]): Rows {
  const size = data.length / shape[0]!
  const list = Array.from(data)
  return {
    shape: [indices.length, ...shape.slice(1)],
    data: indices.flatMap((i) => list.slice(i * size, (i + 1) * size)),
  }
}

/** What the rows of one run are given. */
export interface RowInputs {
  /** One sample, or one for each row. */
  readonly data: Rows
  /** The start relevance of the mode `given`. */
  readonly start?: Rows
  /** Per row the indices of axis 1 that the start keeps; null keeps all. Its length is the number of rows. */
  readonly select: readonly (readonly number[] | null)[]
  /** By layer (output tensor): per row what it keeps. */
  readonly masks?: Readonly<Record<string, readonly RowMask[]>>
}

/** A one for everything that a row keeps of a tensor with the given sizes (without the batch). */
function kept(mask: RowMask | null, sizes: readonly number[]): Float32Array {
  const values = new Float32Array(constants.elementCount(sizes))
  const plane = values.length / sizes[0]!
  if (mask === null) values.fill(1)
  else if ('has' in mask)
    for (const [c, positions] of mask) for (const p of positions) values[c * plane + p] = 1
  else for (const c of mask) values.fill(1, c * plane, (c + 1) * plane)
  return values
}

const stacked = (masks: readonly (RowMask | null)[], sizes: readonly number[]): Tensor =>
  floats(
    [masks.length, ...sizes],
    masks.flatMap((mask) => [...kept(mask, sizes)]),
  )

/** The tensors that a compiled graph is fed for the given rows. */
export function feedsOf({ compiled, explainable, start }: CompiledRun, rows: RowInputs): RowFeeds {
  const { inputs } = compiled
  const sizes = (layer: Layer) => explainable.facts.sizes(layer.output)
  const masks = [...inputs.masks].map(([layer, name]): [string, Tensor] => [
    name,
    stacked(rows.masks![layer.output]!, sizes(layer)),
  ])
  return {
    [inputs.data]: floats(rows.data.shape, rows.data.data),
    [inputs.select]: stacked(rows.select, sizes(start)),
    ...(inputs.start === null ? {} : { [inputs.start]: floats(rows.start!.shape, rows.start!.data) }),
    ...Object.fromEntries(masks),
  }
}
