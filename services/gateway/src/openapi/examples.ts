import type {
  AttributionGraphRequest,
  AttributionRequest,
  FeatureVisualizationRequest,
  PredictionRequest,
} from '@crp-serve/contracts'

// Every example runs as it is on the demo that `npm start` brings up.

/** A sample of the demo's data set: a green speckled cross with a stamp. */
const sample = { dataset: 'concept-world', index: 125 }

/** The smallest image as base64: one green pixel. */
export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNQWOAAAAHkAQEwoA+VAAAAAElFTkSuQmCC'

const image = { image: { base64: pixel } }

interface Example<T> {
  readonly summary: string
  readonly value: T
}

/** Requests of `POST /v1/attributions` that show what it can do. */
export const attributionExamples: Readonly<Record<string, Example<AttributionRequest>>> = {
  heatmap: {
    summary: 'Why the model decided as it did: a heatmap',
    value: { model: 'concept-world', inputs: [sample], conditions: [{ y: 'predicted' }] },
  },
  image: {
    summary: 'The same of an image file as base64; put your own in its place',
    value: {
      model: 'concept-world',
      inputs: [image],
      conditions: [{ y: 'predicted' }],
      output: { render: { scale: 4, overlay: 0.3 } },
    },
  },
  concepts: {
    summary: 'The ten most relevant concepts of a layer for class 3',
    value: {
      model: 'concept-world',
      inputs: [sample],
      conditions: [{ y: [3] }],
      record: { 'features.12': { relevance: false, concepts: 10, abs_norm: true } },
    },
  },
  conceptHeatmap: {
    summary: 'Where concept 5 of a layer was found',
    value: {
      model: 'concept-world',
      inputs: [sample],
      conditions: [{ y: [3], 'features.12': [5] }],
      composite: 'epsilon_plus_flat',
      output: { heatmap: ['png', 'tensor'], render: { colormap: 'bwr', scale: 4 } },
    },
  },
  composite: {
    summary: 'Rules of one’s own',
    value: {
      model: 'concept-world',
      inputs: [sample],
      conditions: [{ y: [3] }],
      composite: {
        first: [{ match: { type: 'any_linear' }, rule: { name: 'flat' } }],
        layers: [{ match: { type: 'convolution' }, rule: { name: 'z_plus' } }],
        base: 'epsilon_plus',
      },
    },
  },
}

/** Requests of `POST /v1/attribution-graphs`. */
export const attributionGraphExamples: Readonly<Record<string, Example<AttributionGraphRequest>>> = {
  concept: {
    summary: 'What concept 5 of a layer is made of when it speaks for class 3',
    value: {
      model: 'concept-world',
      input: sample,
      layer: 'features.12',
      concept: 5,
      target: 3,
      width: [4, 2],
    },
  },
}

/** Requests of `POST /v1/models/{model}/predictions`. */
export const predictionExamples: Readonly<Record<string, Example<PredictionRequest>>> = {
  sample: {
    summary: 'The three best classes of a sample of a data set',
    value: { inputs: [sample], output: { prediction: { top: 3 } } },
  },
  image: {
    summary: 'The three best classes of an image file as base64; put your own in its place',
    value: { inputs: [image], output: { prediction: { top: 3 } } },
  },
}

/** Requests of `POST /v1/feature-visualizations`. */
export const featureVisualizationExamples: Readonly<Record<string, Example<FeatureVisualizationRequest>>> = {
  all: {
    summary: 'All convolutions and fully connected layers of a model over a data set',
    value: { model: 'concept-world', dataset: 'concept-world' },
  },
  chosen: {
    summary: 'One layer, with pictures of two of its concepts',
    value: {
      model: 'concept-world',
      dataset: 'concept-world',
      layers: ['features.12'],
      targets: 'predicted',
      top_k: 16,
      references: { count: 8, style: 'opaque', concepts: { 'features.12': [5, 13] } },
    },
  },
}
