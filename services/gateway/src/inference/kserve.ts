import {
  type AttributionTask,
  decodeBase64,
  decodeTensor,
  type KServeInstance,
  type KServePrediction,
  type Model,
  nearest,
  pointer,
  problemAt,
} from '@crp-serve/contracts'
import { flattenNested, shapeOf } from './nested.ts'

/** Samples of a KServe request, and where they stand in it. */
export interface KServeSamples {
  readonly inputs: AttributionTask['inputs']
  /** JSON pointer of the list of samples. */
  readonly at: string
}

/** The list of instances, under one of its two names. @throws ProblemError `validation-failed` */
function instancesOf({ instances, inputs }: KServePrediction, model: Model): [KServeInstance[], at: string] {
  if (instances && inputs)
    throw problemAt('validation-failed', '/inputs', 'must be absent where `instances` is given')
  if (instances) return [instances, '/instances']
  if (!inputs) throw problemAt('validation-failed', '/instances', 'is required')
  return Array.isArray(inputs) ? [inputs, '/inputs'] : byName(inputs, model)
}

function byName(
  inputs: Readonly<Record<string, KServeInstance[]>>,
  { inputs: [input] }: Model,
): [KServeInstance[], string] {
  const names = Object.keys(inputs)
  const wrong = names.find((name) => name !== input?.name)
  if (wrong !== undefined)
    throw problemAt(
      'validation-failed',
      pointer('inputs', wrong),
      `the model’s input is "${input?.name}"`,
      nearest(wrong, [input?.name ?? '']),
    )
  const [name] = names
  if (name === undefined)
    throw problemAt('validation-failed', '/inputs', `must have the field "${input?.name}"`)
  return [inputs[name]!, pointer('inputs', name)]
}

/**
 * The samples of a KServe request: nested lists become one tensor, encoded images stay images.
 * @throws ProblemError `validation-failed`, `tensor-malformed`, `tensor-not-finite`, `image-not-supported`
 */
export function kserveSamples(request: KServePrediction, model: Model): KServeSamples {
  const [instances, at] = instancesOf(request, model)
  if (!Array.isArray(instances[0]))
    return { inputs: instances.map((one, i) => imageOf(one, `${at}/${i}`)), at }
  const shape = shapeOf(instances, at)
  const tensor = { shape, datatype: 'FP32' as const, data: flattenNested(instances, shape, at) }
  return { inputs: [{ tensor: decodeTensor(tensor, at) }], at }
}

function imageOf(instance: KServeInstance, at: string): { image: Uint8Array } {
  if (Array.isArray(instance))
    throw problemAt('validation-failed', at, 'must be an image, as the first instance is')
  const { b64 } = 'image_bytes' in instance ? instance.image_bytes : instance
  const image = decodeBase64(b64)
  if (image !== undefined) return { image }
  throw problemAt('image-not-supported', at, 'is not valid base64 (RFC 4648, padded)')
}
