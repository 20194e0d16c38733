import { problemAt } from '../errors/problem.ts'
import { pointer } from '../schema/pointer.ts'
import { decodeBase64 } from '../wire/base64.ts'
import type { Tensor } from '../wire/tensor.ts'
import { decodeTensor } from '../wire/tensor-codec.ts'
import type { Composite } from './composite.ts'
import type { AttributionGraphRequest, DecodedAttributionGraph } from './graph.ts'
import type { AttributionRequest, PredictionRequest } from './request.ts'
import type { Decoded, DecodedAttribution, DecodedPrediction } from './task.ts'

/**
 * Hands out the bytes of a multipart part.
 * @param at JSON pointer of the field that names the part
 * @throws ProblemError `part-missing`
 */
export type TakePart = (name: string, at: string) => Uint8Array

/** A JSON body has no parts to hand out. */
export const noParts: TakePart = (name, at) => {
  throw problemAt('part-missing', at, `names the part "${name}", but the request is not multipart`)
}

/**
 * Turns a valid request into what the worker gets: null fields are dropped, base64 and parts become bytes.
 * @throws ProblemError `tensor-malformed`, `tensor-not-finite`, `image-not-supported`, `part-missing`
 */
export function decodeAttribution(request: AttributionRequest, takePart: TakePart): DecodedAttribution {
  // In a map, null stands for the default of an entry, which is not the same as no entry.
  const record = Object.fromEntries(
    Object.entries(request.record ?? {}).map(([layer, entry]) => [layer, entry ?? {}]),
  )
  return decode({ ...request, record }, '', takePart) as DecodedAttribution
}

/** As `decodeAttribution`, for `POST /v1/models/{model}/predictions`. */
export const decodePrediction = (request: PredictionRequest, takePart: TakePart): DecodedPrediction =>
  decode(request, '', takePart) as DecodedPrediction

/** As `decodeAttribution`, for `POST /v1/attribution-graphs`. */
export const decodeAttributionGraph = (
  request: AttributionGraphRequest,
  takePart: TakePart,
): DecodedAttributionGraph => decode(request, '', takePart) as DecodedAttributionGraph

/** As `decodeAttribution`, for a composite that stands by itself in a query. */
export const decodeComposite = (composite: Composite): Decoded<Composite> =>
  decode(composite, '/composite', noParts) as Decoded<Composite>

type Fields = Readonly<Record<string, unknown>>

const isTensor = (value: Fields): value is Fields & Tensor =>
  typeof value['datatype'] === 'string' && Array.isArray(value['shape'])

function decode(value: unknown, at: string, takePart: TakePart): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    // Lists of plain numbers can be long and hold nothing to decode.
    return typeof value[0] === 'number' ? value : value.map((item, i) => decode(item, `${at}/${i}`, takePart))
  }
  const fields = value as Fields
  if (isTensor(fields)) return decodeTensor(fields, at)
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, field]) => field !== null)
      .map(([key, field]) => [key, decodeField(key, field, `${at}${pointer(key)}`, takePart)]),
  )
}

/** Only an input has a field `image` that is an object: everywhere else such names belong to layers, which are lists. */
function decodeField(key: string, field: unknown, at: string, takePart: TakePart): unknown {
  return key === 'image' && /^\/(inputs\/\d+|input)\/image$/.test(at)
    ? imageBytes(field as EncodedImage, at, takePart)
    : decode(field, at, takePart)
}

type EncodedImage = { base64: string } | { part: string } | { url: string }

function imageBytes(image: EncodedImage, at: string, takePart: TakePart): Uint8Array {
  if ('part' in image) return takePart(image.part, `${at}/part`)
  if ('url' in image) throw problemAt('image-url-refused', `${at}/url`, 'images are not fetched here')
  const bytes = decodeBase64(image.base64)
  if (bytes !== undefined) return bytes
  const hint = image.base64.startsWith('data:') ? '; leave out the "data:…;base64," in front' : ''
  throw problemAt('image-not-supported', `${at}/base64`, `is not valid base64 (RFC 4648, padded)${hint}`)
}
