import type { InferenceModel, InferenceResponse } from '@crp-serve/contracts'
import { attribution } from './attributions.ts'

/** The demo model as the Open Inference Protocol describes it. */
export const inferenceModel = {
  name: 'concept-world',
  versions: ['d5a5c1d3f8c8804d0e8f4c531f041a32cde86ac2df0270a137cdc44faf527e69'],
  platform: 'onnx_onnxv1',
  inputs: [
    {
      name: 'input',
      datatype: 'FP32',
      shape: [-1, 3, 80, 80],
    },
  ],
  outputs: [
    {
      name: 'logits',
      datatype: 'FP32',
      shape: [-1, 8],
    },
  ],
} satisfies InferenceModel

const logits = [
  0.30756938457489014, 0.17481198906898499, -1.575486183166504, 7.476808547973633, -3.648542881011963,
  0.7276815176010132, 0.8046125173568726, -2.1492419242858887,
]

/** Its output for an image. */
export const inference = {
  model_name: 'concept-world',
  model_version: attribution.model_sha256,
  id: '1',
  outputs: [{ name: 'logits', shape: [1, 8], datatype: 'FP32', data: logits }],
} satisfies InferenceResponse

/** Some numbers of a heatmap, which has one for each pixel. */
const heatmap = [0.0001907417317852378, 0.0009766926523298025, 0.0013983547687530518]

/** An explanation of the image. */
export const explanation = {
  model_name: 'concept-world',
  model_version: attribution.model_sha256,
  outputs: [
    { name: 'heatmap', shape: [1, 80, 80], datatype: 'FP32', data: heatmap },
    {
      name: 'meta',
      shape: [1],
      datatype: 'BYTES',
      parameters: {
        content_type: 'application/json',
      },
      data: [
        '{"model":"concept-world","model_sha256":"d5a5c1d3f8c8804d0e8f4c531f041a32cde86ac2df0270a137cdc44faf527e69","co…',
      ],
    },
  ],
} satisfies InferenceResponse

/** The output as KServe's V1 protocol has it. */
export const kservePredictions = { predictions: [logits] }

const { results, ...rest } = attribution

/** The explanation as KServe's V1 protocol has it. */
export const kserveExplanations = {
  explanations: results.map(({ layers: _recorded, ...row }) => ({
    ...row,
    heatmap: { tensor: { shape: [80, 80], datatype: 'FP32', data: heatmap } },
  })),
  ...rest,
}
