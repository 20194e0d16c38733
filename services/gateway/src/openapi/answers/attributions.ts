import type { AttributionGraphResponse, AttributionResponse, PredictionResponse } from '@crp-serve/contracts'

/** What the demo model says of an image. */
export const prediction = {
  model: 'concept-world',
  model_sha256: 'd5a5c1d3f8c8804d0e8f4c531f041a32cde86ac2df0270a137cdc44faf527e69',
  results: [
    {
      sample: 0,
      prediction: {
        top: [
          {
            index: 3,
            label: 'green-speckled-cross',
            score: 7.476808547973633,
            probability: 0.9959371130264919,
          },
          {
            index: 6,
            label: 'yellow-checked-cross',
            score: 0.8046125173568726,
            probability: 0.0012604743084949212,
          },
          {
            index: 5,
            label: 'red-striped-disc',
            score: 0.7276815176010132,
            probability: 0.0011671409031960432,
          },
        ],
      },
    },
  ],
  timings: {
    queue_ms: 0.625,
    batch: 1,
    compute_ms: 1.759,
    plan: {
      executions: 1,
      forward_equivalents: 1,
    },
  },
} satisfies PredictionResponse

/** The image explained by concept 5 of a layer; most layers are left out. */
export const attribution = {
  model: 'concept-world',
  model_sha256: 'd5a5c1d3f8c8804d0e8f4c531f041a32cde86ac2df0270a137cdc44faf527e69',
  composite: {
    'features.0': {
      name: 'flat',
      stabilizer: 1e-6,
    },
    'features.12': {
      name: 'z_plus',
      stabilizer: 1e-6,
    },
    classifier: {
      name: 'epsilon',
      epsilon: 1e-6,
    },
  },
  results: [
    {
      sample: 0,
      condition: 0,
      prediction: {
        top: [
          {
            index: 3,
            label: 'green-speckled-cross',
            score: 7.476808547973633,
            probability: 0.9959371130264919,
          },
          {
            index: 6,
            label: 'yellow-checked-cross',
            score: 0.8046125173568726,
            probability: 0.0012604743084949212,
          },
        ],
      },
      heatmap: {
        png: 'iVBORw0KGgoAAAANSUhEUgAAAUAAAAFACAIAAABC…',
        tensor: {
          shape: [80, 80],
          datatype: 'FP32',
          base64: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA…',
        },
      },
      layers: {
        'features.12': {
          concepts: [
            {
              index: 5,
              relevance: 0.4616531801221524,
            },
            {
              index: 13,
              relevance: 0.22522155370593863,
            },
            {
              index: 14,
              relevance: 0.10108298470695702,
            },
          ],
        },
      },
      trust: {
        initial: 7.476808547973633,
        input: 3.934495210647583,
        ratio: 0.5262265558095521,
        layers: {
          'features.12': 1.0037846291365742,
          'features.0': 0.526226587697299,
        },
        absorbed: {
          bias: 0.2813728153705597,
          stabilizer: 2.1381738406489603e-6,
          masked: 3.2609376907348633,
        },
        finite: true,
        warnings: [],
      },
    },
  ],
  timings: {
    queue_ms: 0.245,
    batch: 1,
    compute_ms: 11.103,
    plan: {
      executions: 3,
      forward_equivalents: 2.795,
    },
  },
} satisfies AttributionResponse

/** What that concept is made of. */
export const attributionGraph = {
  model: 'concept-world',
  model_sha256: 'd5a5c1d3f8c8804d0e8f4c531f041a32cde86ac2df0270a137cdc44faf527e69',
  nodes: [
    {
      layer: 'features.12',
      concept: 5,
    },
    {
      layer: 'features.8',
      concept: 28,
    },
    {
      layer: 'features.8',
      concept: 25,
    },
    {
      layer: 'features.4',
      concept: 15,
    },
    {
      layer: 'features.4',
      concept: 26,
    },
  ],
  edges: [
    {
      source: {
        layer: 'features.12',
        concept: 5,
      },
      target: {
        layer: 'features.8',
        concept: 28,
      },
      relevance: 0.1278705979895652,
    },
    {
      source: {
        layer: 'features.12',
        concept: 5,
      },
      target: {
        layer: 'features.8',
        concept: 25,
      },
      relevance: 0.10112180348909747,
    },
    {
      source: {
        layer: 'features.8',
        concept: 28,
      },
      target: {
        layer: 'features.4',
        concept: 15,
      },
      relevance: 0.14557934030182682,
    },
    {
      source: {
        layer: 'features.8',
        concept: 25,
      },
      target: {
        layer: 'features.4',
        concept: 26,
      },
      relevance: 0.15162864450969443,
    },
  ],
  timings: {
    queue_ms: 0.43100000000000005,
    batch: 2,
    compute_ms: 105.459,
    plan: {
      executions: 7,
      forward_equivalents: 5.728,
    },
  },
} satisfies AttributionGraphResponse
