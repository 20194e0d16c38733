import { problemAt, type TakePart } from '@crp-serve/contracts'
import { type FetchLimits, FetchRefused, fetchImage } from './fetch.ts'

/** A request whose images by URL have become parts, and what hands those out. */
export interface Resolved {
  readonly json: unknown
  readonly takePart: TakePart
}

/** Images that are fetched at once. */
const WIDTH = 8

interface Place {
  readonly url: string
  readonly at: string
  /** Puts the name of a part in the place of the URL. */
  readonly put: (part: string) => void
}

const urlOf = (input: unknown): string | undefined => {
  const { image } = (input ?? {}) as { image?: { url?: unknown } | null }
  return typeof image?.url === 'string' ? image.url : undefined
}

/** Every image by URL of a request, whatever else is in it. */
function places(json: unknown): Place[] {
  const { input, inputs } = (json ?? {}) as { input?: unknown; inputs?: unknown }
  const all: [unknown, string][] = Array.isArray(inputs) ? inputs.map((one, i) => [one, `/inputs/${i}`]) : []
  if (input !== undefined) all.push([input, '/input'])
  return all.flatMap(([one, at]) => {
    const url = urlOf(one)
    const holder = one as { image: unknown }
    if (url === undefined) return []
    const put = (part: string) => {
      holder.image = { part }
    }
    return [{ url, at: `${at}/image/url`, put }]
  })
}

/** Fetches one image. @throws ProblemError `image-url-refused` */
async function fetchAt({ url, at }: Place, limits: FetchLimits, signal: AbortSignal): Promise<Uint8Array> {
  if (limits.hosts.length === 0)
    throw problemAt('image-url-refused', at, 'images are not fetched here; send the file itself')
  try {
    return await fetchImage(url, limits, signal)
  } catch (error) {
    if (error instanceof FetchRefused) throw problemAt('image-url-refused', at, error.message)
    throw error
  }
}

/**
 * Fetches the images that a request names by URL.
 * @param json is changed: `{"url": …}` becomes a part
 * @param maxBytes of all of them together
 * @throws ProblemError `image-url-refused`, `body-too-large`
 */
export async function resolveImages(
  json: unknown,
  takePart: TakePart,
  limits: FetchLimits,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Resolved> {
  const found = places(json)
  const fetched = new Map<string, Uint8Array>()
  let left = maxBytes
  for (let start = 0; start < found.length; start += WIDTH) {
    const group = found.slice(start, start + WIDTH)
    const images = await Promise.all(group.map((place) => fetchAt(place, limits, signal)))
    for (const [i, image] of images.entries()) {
      left -= image.length
      if (left < 0)
        throw problemAt('body-too-large', group[i]!.at, 'the images are over the limit of a body together')
      // No part of a body can have such a name.
      const part = `\0${start + i}`
      fetched.set(part, image)
      group[i]!.put(part)
    }
  }
  return { json, takePart: (name, at) => fetched.get(name) ?? takePart(name, at) }
}
