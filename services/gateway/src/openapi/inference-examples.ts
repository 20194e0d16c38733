import type { ExplanationRequest, InferenceRequest, KServePrediction } from '@crp-serve/contracts'
import { pixel } from './examples.ts'

const input = { name: 'input', shape: [1, 3, 1, 1], datatype: 'FP32' as const, data: [0.1, 0.2, 0.3] }
const picture = {
  name: 'input',
  shape: [1],
  datatype: 'BYTES' as const,
  data: [pixel],
}

interface Example<T> {
  readonly summary: string
  readonly value: T
}

/** Requests of `POST /v2/models/{model}/infer`. */
export const inferenceExamples: Readonly<Record<string, Example<InferenceRequest>>> = {
  image: { summary: 'An image file', value: { id: '1', inputs: [picture] } },
  bytes: {
    summary: 'An image file, and the output as bytes',
    value: { inputs: [picture], outputs: [{ name: 'logits', parameters: { binary_data: true } }] },
  },
  tensor: { summary: 'One sample as numbers, for a model of 1 x 1 pixels', value: { inputs: [input] } },
}

/** Requests of `POST /v2/models/{model}/explain`. */
export const explanationExamples: Readonly<Record<string, Example<ExplanationRequest>>> = {
  decision: {
    summary: 'Why the model decided as it did: a heatmap as a tensor',
    value: { inputs: [picture] },
  },
  concept: {
    summary: 'Where concept 5 of a layer was found',
    value: {
      inputs: [picture],
      parameters: { conditions: [{ y: [3], 'features.12': [5] }], composite: 'epsilon_plus_flat' },
      outputs: [{ name: 'heatmap' }, { name: 'meta' }],
    },
  },
}

/** Requests of `POST /v1/models/{model}:predict`. */
export const kservePredictionExamples: Readonly<Record<string, Example<KServePrediction>>> = {
  image: { summary: 'An image file', value: { instances: [{ b64: pixel }] } },
  tensor: {
    summary: 'One sample as nested lists, for a model of 1 x 1 pixels',
    value: { instances: [[[[0.1]], [[0.2]], [[0.3]]]] },
  },
}

/** Requests of `POST /v1/models/{model}:explain`. */
export const kserveExplanationExamples = {
  decision: {
    summary: 'Why the model decided as it did',
    value: { instances: [{ b64: pixel }] },
  },
  concept: {
    summary: 'Where concept 5 of a layer was found',
    value: {
      instances: [{ b64: pixel }],
      parameters: { conditions: [{ y: [3], 'features.12': [5] }] },
    },
  },
} as const
