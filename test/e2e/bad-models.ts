import type { GraphBuilder } from '@crp-serve/onnx'
import type { Upload } from './api.ts'
import { conceptWorld } from './concept-world.ts'
import type { Refusal } from './problem.ts'
import { classifier, convolution, modelOf, weights } from './small-models.ts'

const sizes = [3, 8, 8]
const classes = 5

/** A model of two unsupported operators between supported ones. */
export const unsupportedModel = (): Uint8Array =>
  modelOf(sizes, classes, (b, x) => {
    const modulo = b.op('Mod', [convolution(b, x, 3, 4), b.scalar(2)], { fmod: 1 })
    return classifier(b, b.op('Hardmax', [modulo], { axis: 1 }), 4, classes)
  })

/** A model that is fine. */
export const plainModel = (): Uint8Array => modelOf(sizes, classes, (b, x) => classifier(b, x, 3, classes))

/** A model whose only weight stands in a file, or in too few bytes. */
const withWeight = (data: Parameters<GraphBuilder['initializer']>[1]['data']): Uint8Array =>
  modelOf(sizes, classes, (b, x) => {
    const weight = b.initializer('w', { dataType: 'float32', dims: [3, classes], data })
    return b.op('Gemm', [b.op('Flatten', [b.op('GlobalAveragePool', [x])]), weight])
  })

const external = (location: string) => withWeight({ kind: 'external', location, offset: 0, length: 60 })

const foreign = (): Uint8Array =>
  modelOf(
    sizes,
    classes,
    (b, x) => {
      b.add({ op: 'Sparkle', domain: 'com.example', inputs: [x], outputs: ['sparkling'] })
      return classifier(b, 'sparkling', 3, classes)
    },
    { opsets: { '': 17, 'com.example': 1 } },
  )

const model = conceptWorld.model()
const name = 'refused'
const plain = { metadata: { name } }
const cut = (share: number) => model.subarray(0, Math.floor(share * model.length))

type Case = readonly [what: string, upload: Upload, refusal: Refusal]

const refused = (code: Refusal['code'], pointer?: string): Refusal => ({
  status: 422,
  code,
  ...(pointer === undefined ? {} : { pointer }),
})

const files: readonly Case[] = [
  ['text', { ...plain, model: Buffer.from('this is no model') }, refused('model-not-onnx')],
  ['a picture', { ...plain, model: conceptWorld.file('overview.png') }, refused('model-not-onnx')],
  ['noise', { ...plain, model: new Uint8Array(weights(1000).buffer) }, refused('model-not-onnx')],
  ['nothing', { ...plain, model: new Uint8Array() }, refused('model-not-onnx')],
  ...[0.001, 0.1, 0.5, 0.9, 0.99999].map(
    (share): Case => [
      `the first ${100 * share} %`,
      { ...plain, model: cut(share) },
      refused('model-truncated'),
    ],
  ),
  [
    'too many bytes',
    { ...plain, model: Buffer.concat([model, Buffer.alloc(2 ** 19)]) },
    { status: 413, code: 'model-too-large' },
  ],
]

const contents: readonly Case[] = [
  ['unsupported operators', { ...plain, model: unsupportedModel() }, refused('model-not-supported')],
  ['operators of another domain', { ...plain, model: foreign() }, refused('model-not-supported')],
  [
    'an operator that does not exist',
    {
      ...plain,
      model: modelOf(sizes, classes, (b, x) => classifier(b, b.op('Frobnicate', [x]), 3, classes)),
    },
    refused('model-not-supported'),
  ],
  [
    'an old operator set',
    {
      ...plain,
      model: modelOf(sizes, classes, (b, x) => classifier(b, x, 3, classes), { opsets: { '': 9 } }),
    },
    refused('model-not-supported'),
  ],
  [
    'a tensor that nothing defines',
    { ...plain, model: modelOf(sizes, classes, (b) => classifier(b, 'nowhere', 3, classes)) },
    refused('model-invalid'),
  ],
  [
    'weights that do not fit their input',
    {
      ...plain,
      model: modelOf(sizes, classes, (b, x) => classifier(b, convolution(b, x, 4, 4), 4, classes)),
    },
    refused('model-invalid'),
  ],
  [
    'a weight with too few bytes',
    { ...plain, model: withWeight({ kind: 'inline', bytes: new Uint8Array(40) }) },
    refused('model-invalid'),
  ],
  [
    'external data that is too short',
    { ...plain, model: external('w.bin'), external: { 'w.bin': new Uint8Array(40) } },
    refused('model-truncated'),
  ],
]

const metadata: readonly Case[] = [
  ['no metadata', { model }, refused('part-missing', '')],
  ['no model', plain, refused('part-missing', '')],
  ['metadata that is not JSON', { model, metadata: '{"name":' }, { status: 400, code: 'malformed-json' }],
  ['a name that is a path', { model, metadata: { name: '../up' } }, refused('validation-failed', '/name')],
  [
    'an unknown field',
    { model, metadata: JSON.stringify({ name, label: [] }) },
    refused('validation-failed', '/label'),
  ],
  [
    'a mean of two channels',
    { model, metadata: { name, preprocessing: { size: [80, 80], mean: [1, 2] } } },
    refused('preprocessing-invalid', '/preprocessing/mean'),
  ],
  [
    'a size that the model does not take',
    { model, metadata: { name, preprocessing: { size: [64, 64] } } },
    refused('preprocessing-invalid', '/preprocessing'),
  ],
  [
    'an output that the model does not have',
    { model, metadata: { name, output: { tensor: 'logit' } } },
    refused('validation-failed', '/output/tensor'),
  ],
  [
    'the name of another model',
    { model: plainModel(), metadata: { name: 'demo' } },
    { status: 409, code: 'model-name-conflict' },
  ],
]

/** Uploads that are refused, by subject. */
export const badModels: Readonly<Record<string, readonly Case[]>> = { files, contents, metadata }

/** Models whose weights are said to stand where no upload puts them. */
export const strayWeights: readonly (readonly [what: string, model: Uint8Array])[] = [
  ['above the upload', external('../../../etc/passwd')],
  ['at an absolute path', external('/etc/passwd')],
  ['in a file that was not sent', external('w.bin')],
]
