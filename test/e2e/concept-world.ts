import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Schemas } from '@crp-serve/client'
import { root } from './service-process.ts'

const folder = join(root, 'examples/concept-world')
const read = (path: string): Buffer => readFileSync(join(folder, path))
const readJson = <T>(path: string): T => JSON.parse(read(path).toString()) as T

/** A picture of the test part. */
export interface Picture {
  readonly index: number
  readonly path: string
  readonly mask: string
  readonly label: string
  readonly stamped: boolean
}

/** What expected.json says of one picture; relevance is that of the predicted class. */
export interface ExpectedSample {
  readonly index: number
  readonly path: string
  readonly top: { readonly index: number; readonly label: string }
  readonly logits: readonly number[]
  readonly relevance: Readonly<Record<string, readonly number[]>> & {
    readonly input_sum: number
    readonly input_max: number
  }
}

/** expected.json: what the reference program of the example found, in float64. */
export interface Expected {
  readonly test: { readonly images: number; readonly correct: number }
  readonly confusion: readonly (readonly number[])[]
  readonly composite: 'epsilon_plus_flat'
  readonly stamp: {
    readonly class: string
    readonly layer: string
    readonly channel: number
    readonly images: number
    readonly images_where_silencing_it_costs_most: number
    readonly images_with_60_percent_inside: number
    readonly share_inside: { readonly min: number; readonly median: number }
    /** By channel of the layer: what the class's logit loses when the channel is set to zero. */
    readonly mean_logit_drop: readonly number[]
  }
  readonly samples: readonly ExpectedSample[]
}

/** The example under `examples/concept-world`. */
export const conceptWorld = {
  model: (): Buffer => read('model/concept-world.onnx'),
  metadata: (): Schemas['ModelMetadata'] => readJson('model/metadata.json'),
  expected: (): Expected => readJson('expected.json'),
  pictures: (): Picture[] =>
    read('images.jsonl')
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Picture),
  /** The PNG file of a picture or a mask. */
  file: read,
  /** Where a concept is in the masks: channel and bit. */
  maskBit: (concept: string): { readonly channel: number; readonly bit: number } =>
    readJson<{ masks: Record<string, { channel: number; bit: number }> }>('concepts.json').masks[concept]!,
}

/** A picture as an input of a request. */
export const imageInput = (file: Uint8Array): Schemas['Input'] => ({
  image: { base64: Buffer.from(file).toString('base64') },
})
