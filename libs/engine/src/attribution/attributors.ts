import { type AttributionTask, type BinaryTensor, pointer, problemAt } from '@crp-serve/contracts'
import {
  type AttributorPasses,
  type Extents,
  type Filling,
  inputTimesGradient,
  integratedGradients,
  type Noise,
  occlusion,
  seededNoise,
  smoothGrad,
} from '@crp-serve/crp'
import { count, floatValues } from './bytes.ts'
import { checkFinite, type Sample } from './samples.ts'

type Attributor = AttributionTask['attributor']
type Named<N extends Attributor['name']> = Extract<Attributor, { name: N }>

/** The samples that an attributor is for. */
interface Subject {
  /** Sizes behind the batch axis. */
  readonly sizes: readonly number[]
  /** How many samples the request has. */
  readonly samples: number
}

const defaultIterations = 20
const defaultExtent = 8

/**
 * Values of a tensor that has the axes of one sample, of some leading axes before them, and of one row for all samples or
 * one for each between the two.
 * @param leading sizes in front of those of a sample
 * @throws ProblemError `tensor-type-mismatch`, `tensor-shape-mismatch`, `tensor-not-finite`
 */
function sampleRows(
  tensor: BinaryTensor,
  leading: readonly number[],
  { sizes, samples }: Subject,
  at: string,
) {
  const { shape, datatype } = tensor
  if (datatype !== 'FP32')
    throw problemAt('tensor-type-mismatch', `${at}/datatype`, `is ${datatype}; it must be FP32`)
  const forms = [sizes, [1, ...sizes], [samples, ...sizes]].map((rest) => [...leading, ...rest])
  if (!forms.some((form) => form.join() === shape.join())) {
    const expected = forms.slice(0, samples === 1 ? 2 : 3).map((form) => `[${form.join(', ')}]`)
    const detail = `is [${shape.join(', ')}]; it must be ${expected.join(' or ')}`
    throw problemAt('tensor-shape-mismatch', `${at}/shape`, detail)
  }
  const values = floatValues(tensor)
  checkFinite(values, at)
  const size = count(sizes)
  const rows = values.length / size / count(leading)
  return (lead: number, position: number) => {
    const row = lead * rows + (rows === 1 ? 0 : position)
    return values.subarray(row * size, (row + 1) * size)
  }
}

function filling(given: number | BinaryTensor | undefined, subject: Subject, at: string): Filling {
  if (given === undefined || typeof given === 'number') return () => () => given ?? 0
  const rows = sampleRows(given, [], subject, at)
  return ({ position }) => {
    const row = rows(0, position)
    return (index) => row[index]!
  }
}

function noiseOf({ seed, noise }: Named<'smooth_grad'>, passes: number, subject: Subject): Noise {
  if (noise === undefined) return seededNoise(seed ?? 0)
  if (seed !== undefined) {
    throw problemAt('attributor-invalid', '/attributor/seed', 'must be absent where `noise` is given')
  }
  const rows = sampleRows(noise, [passes - 1], subject, '/attributor/noise')
  return ({ position }, pass) => rows(pass, position)
}

function extents(given: Extents | undefined, { sizes }: Subject, at: string): Extents {
  if (typeof given !== 'object' || given.length <= sizes.length) return given ?? defaultExtent
  const detail = `has ${given.length} entries, but a sample has ${sizes.length} axes`
  throw problemAt('attributor-invalid', at, detail)
}

/** Occlusion never goes backward, so that there is no relevance of a layer to be masked. */
function refuseConcepts({ conditions }: AttributionTask): void {
  for (const [i, { layers }] of conditions.entries()) {
    const [named] = layers
    if (named === undefined) continue
    const detail = 'occlusion scores the output alone: name classes under `y`, or choose another attributor'
    throw problemAt('attributor-invalid', pointer('conditions', i, named.layer), detail)
  }
}

type Makers = {
  readonly [N in Exclude<Attributor['name'], 'gradient'>]: (
    attributor: Named<N>,
    subject: Subject,
    task: AttributionTask,
  ) => AttributorPasses
}

const makers: Makers = {
  input_x_gradient: () => inputTimesGradient(),
  smooth_grad: (attributor, subject) => {
    const { n_iter: passes = defaultIterations, noise_level: level = 0.1 } = attributor
    return smoothGrad(passes, level, noiseOf(attributor, passes, subject))
  },
  integrated_gradients: ({ n_iter: passes = defaultIterations, baseline }, subject) =>
    integratedGradients(passes, filling(baseline, subject, '/attributor/baseline')),
  occlusion: ({ window, stride, fill, invert = fill !== undefined }, subject, task) => {
    refuseConcepts(task)
    return occlusion(subject.sizes, {
      window: extents(window, subject, '/attributor/window'),
      stride: extents(stride, subject, '/attributor/stride'),
      fill: filling(fill, subject, '/attributor/fill'),
      invert,
    })
  },
}

/** The passes of an attributor for samples of one size. */
export type PassesFor = (sizes: readonly number[]) => AttributorPasses

/**
 * How the attributor of a request is computed for its samples; null where the one pass is all that there is.
 * @throws ProblemError `attributor-invalid`, `tensor-type-mismatch`, `tensor-shape-mismatch`, `tensor-not-finite`
 */
export function passesOf(task: AttributionTask, samples: readonly Sample[]): PassesFor | null {
  const { attributor } = task
  if (attributor.name === 'gradient') return null
  // The table has for each name what takes the attributor of that name.
  const make = makers[attributor.name] as (...of: [Attributor, Subject, AttributionTask]) => AttributorPasses
  const made = new Map<string, AttributorPasses>()
  for (const { sizes } of samples) {
    const subject = { sizes, samples: samples.length }
    if (!made.has(sizes.join())) made.set(sizes.join(), make(attributor, subject, task))
  }
  return (sizes) => made.get(sizes.join())!
}
