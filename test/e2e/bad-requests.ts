import { deflateSync } from 'node:zlib'
import { encodePng } from '@crp-serve/imaging'
import { conceptWorld } from './concept-world.ts'
import type { Refusal } from './problem.ts'
import { weights } from './small-models.ts'

/** Limits of the service under test. */
export const limits = {
  MAX_IMAGE_BYTES: String(2 ** 18),
  MAX_IMAGE_PIXELS: String(2 ** 16),
  MAX_BODY_BYTES: String(2 ** 21),
  MAX_MODEL_BYTES: String(2 ** 19),
  MAX_ROWS: '16',
}

const side = 80
const values = 3 * side * side
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const floats = (change: (data: Float32Array) => void = () => {}): string => {
  const data = new Float32Array(values)
  change(data)
  return base64(new Uint8Array(data.buffer))
}

const tensor = { shape: [1, 3, side, side], datatype: 'FP32', base64: floats() }

/** A request that is answered; every bad one differs from it in one thing. The model is the concept world, as `demo`. */
export const goodRequest = {
  model: 'demo',
  inputs: [{ tensor }] as unknown[],
  conditions: [{ y: [1] }] as unknown[],
  output: { heatmap: [] as unknown[] } as Readonly<Record<string, unknown>>,
}

const png = conceptWorld.file('dataset/blue-dotted-disc/000.png')

function damaged(): Uint8Array {
  const copy = Uint8Array.from(png)
  copy.fill(0, png.length >> 2, png.length >> 1)
  return copy
}

/** A chunk of a PNG file; decoders may stop before they see that its checksum is missing. */
function chunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(data.length)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, data, Buffer.alloc(4)])
}

/** A file of a few hundred bytes that says it has 2.5 thousand million pixels. */
function pixelBomb(): Uint8Array {
  const header = Buffer.from(png.subarray(16, 29))
  header.writeUInt32BE(50_000, 0)
  header.writeUInt32BE(50_000, 4)
  const start = Buffer.from(png.subarray(0, 8))
  const body = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', new Uint8Array()),
  ]
  return withChecksums(Buffer.concat([start, ...body]))
}

/** CRC-32 of every chunk of a PNG file, as its decoders check it (PNG specification, annex D). */
function withChecksums(file: Buffer): Buffer {
  for (let at = 8; at < file.length; ) {
    const end = at + 8 + file.readUInt32BE(at)
    file.writeUInt32BE(crc32(file.subarray(at + 4, end)), end)
    at = end + 4
  }
  return file
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

const noise = (pixels: number) => Uint8Array.from(weights(3 * pixels), (value) => 255 * (value + 0.5))
const largePng = await encodePng(new Uint8Array(3 * 300 * 300), 300, 300)
const heavyPng = await encodePng(noise(320 * 320), 320, 320)

const image = (bytes: Uint8Array) => ({ inputs: [{ tensor }, { image: { base64: base64(bytes) } }] })
const tensorOf = (change: object) => ({ inputs: [{ tensor: { ...tensor, ...change } }] })
const layer = 'features.12'
const rule = (match: object, given: object) => ({ composite: { layers: [{ match, rule: given }] } })

/** What is wrong, what differs from the good request, and what it is answered with. */
type Case = readonly [what: string, change: object, refusal: Refusal]

const refused = (code: Refusal['code'], pointer: string, suggestion?: string): Refusal => ({
  status: 422,
  code,
  pointer,
  ...(suggestion === undefined ? {} : { suggestion }),
})
const invalid = (pointer: string, suggestion?: string) => refused('validation-failed', pointer, suggestion)

const images: readonly Case[] = [
  ['text', image(Buffer.from('<html></html>')), refused('image-not-supported', '/inputs/1/image')],
  ['a GIF', image(Buffer.from('GIF89a-and-the-rest')), refused('image-not-supported', '/inputs/1/image')],
  ['half a PNG', image(png.subarray(0, png.length >> 1)), refused('image-truncated', '/inputs/1/image')],
  ['a damaged PNG', image(damaged()), refused('image-truncated', '/inputs/1/image')],
  ['too many pixels', image(largePng), { status: 413, code: 'image-too-large', pointer: '/inputs/1/image' }],
  ['a pixel bomb', image(pixelBomb()), { status: 413, code: 'image-too-large', pointer: '/inputs/1/image' }],
  ['too many bytes', image(heavyPng), { status: 413, code: 'image-too-large', pointer: '/inputs/1/image' }],
  [
    'base64 that is none',
    { inputs: [{ image: { base64: '*' } }] },
    refused('image-not-supported', '/inputs/0/image/base64'),
  ],
  [
    'an image for a model without preprocessing',
    { model: 'bare', inputs: [{ image: { base64: base64(png) } }] },
    refused('preprocessing-missing', '/inputs/0/image'),
  ],
]

const tensors: readonly Case[] = [
  [
    'a wrong size',
    tensorOf({ shape: [1, 3, 40, 160] }),
    refused('tensor-shape-mismatch', '/inputs/0/tensor/shape'),
  ],
  [
    'no sample axis',
    tensorOf({ shape: [3, 80, 80] }),
    refused('tensor-shape-mismatch', '/inputs/0/tensor/shape'),
  ],
  [
    'no sample',
    tensorOf({ shape: [0, 3, 80, 80], base64: '' }),
    refused('tensor-shape-mismatch', '/inputs/0/tensor/shape'),
  ],
  ['integers', tensorOf({ datatype: 'INT32' }), refused('tensor-type-mismatch', '/inputs/0/tensor/datatype')],
  ['an unknown datatype', tensorOf({ datatype: 'float32' }), invalid('/inputs/0/tensor/datatype')],
  [
    'NaN',
    tensorOf({ base64: floats((data) => data.fill(Number.NaN, 7, 8)) }),
    refused('tensor-not-finite', '/inputs/0/tensor/base64'),
  ],
  [
    'infinity',
    tensorOf({ base64: floats((data) => data.fill(Number.POSITIVE_INFINITY, 7, 8)) }),
    refused('tensor-not-finite', '/inputs/0/tensor/base64'),
  ],
  ['too few bytes', tensorOf({ base64: 'AAAAAA==' }), refused('tensor-malformed', '/inputs/0/tensor/base64')],
  [
    'more than float32 holds',
    { inputs: [{ tensor: { shape: [1], datatype: 'FP32', data: [1e39] } }] },
    refused('tensor-not-finite', '/inputs/0/tensor/data/0'),
  ],
]

const names: readonly Case[] = [
  [
    'an unknown model',
    { model: 'dmeo' },
    { status: 404, code: 'unknown-model', pointer: '/model', suggestion: 'demo' },
  ],
  ['a model that no model can be called', { model: '../demo' }, invalid('/model')],
  [
    'an unknown layer in a condition',
    { conditions: [{ y: [1] }, { y: [1], 'feature.12': [1] }] },
    refused('unknown-layer', '/conditions/1/feature.12', layer),
  ],
  [
    'a layer with characters that pointers escape',
    { conditions: [{ y: [1], 'a/b~c': [1] }] },
    refused('unknown-layer', '/conditions/0/a~1b~0c'),
  ],
  [
    'an unknown layer to record',
    { record: { features12: {} } },
    refused('unknown-layer', '/record/features12', layer),
  ],
  [
    'a channel out of range',
    { conditions: [{ y: [1], [layer]: [0, 16] }] },
    refused('channel-out-of-range', `/conditions/0/${layer}/1`),
  ],
  ['a negative channel', { conditions: [{ y: [1], [layer]: [-1] }] }, invalid(`/conditions/0/${layer}/0`)],
  [
    'a class out of range',
    { conditions: [{ y: [0, 8] }] },
    refused('class-out-of-range', '/conditions/0/y/1'),
  ],
]

const fields: readonly Case[] = [
  ['an unknown field', { compsite: 'gradient' }, invalid('/compsite', 'composite')],
  ['an unknown field further in', { output: { heatmapp: ['png'] } }, invalid('/output/heatmapp', 'heatmap')],
  ['no inputs', { inputs: [] }, invalid('/inputs')],
  ['an input of two kinds', { inputs: [{ tensor, image: { base64: 'AAAA' } }] }, invalid('/inputs/0/tensor')],
  ['no conditions', { conditions: [] }, invalid('/conditions')],
  ['no model', { model: undefined }, invalid('/model')],
  ['no target', { conditions: [{}] }, refused('target-missing', '/conditions/0/y')],
  [
    'a target in some conditions',
    { conditions: [{ y: [1] }, {}] },
    refused('target-missing', '/conditions/1/y'),
  ],
  ['an unknown word for a target', { conditions: [{ y: 'best' }] }, invalid('/conditions/0/y')],
  [
    'pairs of unequal counts',
    { pairing: 'zip', conditions: [{ y: [1] }, { y: [2] }] },
    refused('pairing-mismatch', '/pairing'),
  ],
  ['too many rows', { conditions: Array(17).fill({ y: [1] }) }, refused('too-many-rows', '/conditions')],
  ['an unknown picture format', { output: { heatmap: ['gif'] } }, invalid('/output/heatmap/0')],
  [
    'an unknown colour map',
    { output: { heatmap: ['png'], render: { colormap: 'nope' } } },
    refused('colormap-invalid', '/output/render/colormap'),
  ],
  [
    'an overlay on a tensor',
    { output: { heatmap: ['png'], render: { overlay: 0.5 } } },
    refused('render-invalid', '/output/render/overlay'),
  ],
]

const composites: readonly Case[] = [
  ['an unknown composite', { composite: 'epsilon_pluss' }, invalid('/composite', 'epsilon_plus')],
  ['a negative epsilon', { composite: { name: 'epsilon_plus', epsilon: -1 } }, invalid('/composite/epsilon')],
  [
    'a layer that is not there',
    rule({ name: 'features.99' }, { name: 'epsilon' }),
    refused('unknown-layer', '/composite/layers/0/match/name'),
  ],
  [
    'an unknown rule',
    rule({ type: 'linear' }, { name: 'epsilonn' }),
    invalid('/composite/layers/0/rule/name', 'epsilon'),
  ],
  [
    'alpha and beta that do not differ by one',
    rule({ type: 'linear' }, { name: 'alpha_beta', alpha: 2, beta: 2 }),
    refused('rule-parameter-invalid', '/composite/layers/0/rule/alpha'),
  ],
  [
    'axes that the layer does not have',
    rule({ type: 'linear' }, { name: 'epsilon', epsilon: { norm_scale: true, dim: [7] } }),
    refused('rule-parameter-invalid', '/composite/layers/0/rule/epsilon/dim'),
  ],
  [
    'a rule on weights for an activation',
    rule({ type: 'activation' }, { name: 'z_plus' }),
    refused('rule-not-applicable', '/composite/layers/0/rule'),
  ],
  [
    'a rule that hands on what has another shape',
    rule({ type: 'max_pool' }, { name: 'pass' }),
    refused('rule-not-applicable', '/composite/layers/0/rule'),
  ],
  [
    'a rule of activations for a convolution',
    rule({ type: 'convolution' }, { name: 'relu_deconvnet' }),
    refused('rule-not-applicable', '/composite/layers/0/rule'),
  ],
]

/** Bad attribution requests by subject. */
export const badRequests: Readonly<Record<string, readonly Case[]>> = {
  images,
  tensors,
  names,
  fields,
  composites,
}

const json = 'application/json'
const whole = JSON.stringify(goodRequest)

/** Bodies that are not JSON, or not what their content type says. */
export const badBodies: readonly (readonly [
  what: string,
  body: string | Uint8Array<ArrayBuffer>,
  type: string,
  refusal: Refusal,
])[] = [
  ['JSON that breaks off', whole.slice(0, -9), json, { status: 400, code: 'malformed-json' }],
  ['nothing', '', json, { status: 400, code: 'malformed-json' }],
  ['bytes that are not UTF-8', new Uint8Array([34, 255, 34]), json, { status: 400, code: 'malformed-json' }],
  ['a number that overflows', whole.replace('[1]', '[1e999]'), json, invalid('/conditions/0/y/0')],
  ['a list', '[]', json, invalid('')],
  ['lists a hundred thousand deep', '['.repeat(1e5) + ']'.repeat(1e5), json, invalid('')],
  ['a prototype', whole.replace('{', '{"__proto__":{"model":"demo"},'), json, invalid('/__proto__')],
  ['text', 'hello', 'text/plain', { status: 415, code: 'unsupported-media-type' }],
  ['more than the limit', ' '.repeat(2 ** 21 + 1), json, { status: 413, code: 'body-too-large' }],
  ['multipart without a boundary', 'x', 'multipart/form-data', { status: 400, code: 'malformed-multipart' }],
  [
    'multipart that breaks off',
    '--b\r\ncontent-disposition: form-data; name="request"\r\n\r\n{"mo',
    'multipart/form-data; boundary=b',
    { status: 400, code: 'malformed-multipart' },
  ],
]

const part = (name: string) => JSON.stringify({ ...goodRequest, inputs: [{ image: { part: name } }] })

/** Multipart bodies whose parts do not fit together. */
export const badParts: readonly (readonly [
  what: string,
  parts: Readonly<Record<string, string | Uint8Array>>,
  refusal: Refusal,
])[] = [
  ['no request', { picture: png }, refused('part-missing', '')],
  ['a part that was not sent', { request: part('picture') }, refused('part-missing', '/inputs/0/image/part')],
  ['a part that nothing names', { request: whole, picture: png }, refused('part-missing', '/inputs')],
  ['a request that is not JSON', { request: '{', picture: png }, { status: 400, code: 'malformed-json' }],
]
