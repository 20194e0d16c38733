import type { LayerList, Model, SupportReport } from '@crp-serve/contracts'

/** The demo model. */
export const model = {
  name: 'concept-world',
  sha256: 'd5a5c1d3f8c8804d0e8f4c531f041a32cde86ac2df0270a137cdc44faf527e69',
  size: 106927,
  created_at: '2026-11-27T15:38:23.386Z',
  ready: true,
  opset: 17,
  inputs: [
    {
      name: 'input',
      shape: ['batch', 3, 80, 80],
      datatype: 'FP32',
    },
  ],
  outputs: [
    {
      name: 'logits',
      shape: ['batch', 8],
      datatype: 'FP32',
    },
  ],
  labels: [
    'blue-dotted-disc',
    'blue-striped-star',
    'green-checked-triangle',
    'green-speckled-cross',
    'red-dotted-star',
    'red-striped-disc',
    'yellow-checked-cross',
    'yellow-speckled-triangle',
  ],
  preprocessing: {
    size: [80, 80],
    resize: 'stretch',
    crop: false,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    channel_order: 'RGB',
    layout: 'NCHW',
  },
  output: {
    tensor: 'logits',
    start: 'logits',
  },
  unsupported: [],
} satisfies Model

/** Two of its layers. */
export const layers = {
  model: 'concept-world',
  composite: 'epsilon_plus_flat',
  layers: [
    {
      name: 'features.0',
      aliases: ['/features/features.0/Conv', '/features/features.0/Conv_output_0'],
      op: 'Conv',
      output_shape: ['N', 16, 80, 80],
      concepts: 16,
      receptive_field: [3, 3],
      inputs: [],
      rule: 'flat',
      because: 'epsilon_plus_flat, first layer: type any_linear',
    },
    {
      name: 'features.12',
      aliases: ['/features/features.12/Conv', '/features/features.12/Conv_output_0'],
      op: 'Conv',
      output_shape: ['N', 16, 10, 10],
      concepts: 16,
      receptive_field: [38, 38],
      inputs: ['features.11'],
      rule: 'z_plus',
      because: 'epsilon_plus_flat: type convolution',
    },
  ],
} satisfies LayerList

/** One of its nodes. */
export const support = {
  model: 'concept-world',
  composite: 'epsilon_plus_flat',
  explainable: true,
  share: {
    nodes: 1,
    flops: 1,
  },
  nodes: [
    {
      node: '/features/features.0/Conv',
      op: 'Conv',
      layer: 'features.0',
      needed: true,
      supported: true,
      rule: 'flat',
      because: 'epsilon_plus_flat, first layer: type any_linear',
      exact: true,
      conserving: true,
      reason: null,
      needs: null,
    },
  ],
  unmerged_batch_norms: [],
} satisfies SupportReport
