import type { CrpServeClient, Schemas } from '@crp-serve/client'
import { attribute, fp32, register } from './api.ts'
import { classifier, convolution, modelOf, weights } from './small-models.ts'

const side = 112
const channels = 64
const kernel = 5
const classes = 16

/** Most rows that a service takes in one request. */
const mostRows = 256

/** A model that a core works on for about a tenth of a second for every row. */
const heavyModel = (): Uint8Array =>
  modelOf([3, side, side], classes, (b, x) => {
    const layers = [3, channels, channels, channels]
    const features = layers.reduce((input, from) => convolution(b, input, from, channels, kernel), x)
    return classifier(b, features, channels, classes)
  })

const input = fp32(
  [1, 3, side, side],
  weights(3 * side * side, 7).map((value) => value + 0.5),
)

/** A request for that many rows of the model `heavy`. */
const heavyRequest = (rows: number): Schemas['AttributionRequest'] => ({
  model: 'heavy',
  inputs: [{ tensor: input }],
  conditions: Array.from({ length: rows }, (_, i) => ({ y: [i % classes] })),
  output: { heatmap: [], prediction: { top: 1 } },
})

/** Requests of a wanted length on this machine, as busy as it is. */
export interface HeavyWork {
  /** A request that takes about that long. */
  lasting(milliseconds: number): Schemas['AttributionRequest']
}

/** Registers the model `heavy`, makes its plan, and measures how long a row takes. */
export async function prepareHeavyWork(origin: string, client: CrpServeClient): Promise<HeavyWork> {
  await register(origin, heavyModel(), { name: 'heavy' })
  await attribute(client, heavyRequest(1))
  const measured = 8
  const began = performance.now()
  await attribute(client, heavyRequest(measured))
  const msPerRow = (performance.now() - began) / measured
  return {
    lasting: (milliseconds) => heavyRequest(Math.min(mostRows, Math.ceil(milliseconds / msPerRow))),
  }
}
