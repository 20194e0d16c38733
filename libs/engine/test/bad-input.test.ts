import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type ModelMetadata, type PredictionTask, toProblem } from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fp32, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

const demo = new URL('../../../examples/concept-world/model/', import.meta.url)
const demoFile = (name: string) => readFile(fileURLToPath(new URL(name, demo)))

let test: TestEngine
let onnx: Buffer
let image: Buffer
let metadata: ModelMetadata

beforeAll(async () => {
  test = await startTestEngine()
  onnx = await demoFile('concept-world.onnx')
  image = await demoFile('../dataset/blue-dotted-disc/000.png')
  metadata = JSON.parse((await demoFile('metadata.json')).toString()) as ModelMetadata
  const { preprocessing: _, ...bare } = metadata
  await register(test.engine, onnx, { ...metadata, name: 'demo' })
  await register(test.engine, onnx, { ...bare, name: 'bare' })
})
afterAll(() => test.close())

const side = 80
const blank = fp32([1, 3, side, side], new Float32Array(3 * side * side))

/** The problem document that a request is answered with. */
async function problemOf(request: Record<string, unknown>) {
  const full = { model: 'demo', inputs: [{ tensor: blank }], conditions: [{ y: [1] }], ...request }
  const outcome = test.engine.attribute(taskOf(full)).then(
    () => null,
    (error: unknown) => error,
  )
  const error = await outcome
  expect(error, 'the request was answered').not.toBeNull()
  return toProblem(error)
}

const pointersOf = (problem: Awaited<ReturnType<typeof problemOf>>) =>
  problem.errors?.map(({ pointer }) => pointer)

describe('inputs', () => {
  it('names the nearest models', async () => {
    expect(await problemOf({ model: 'dmeo' })).toMatchObject({
      status: 404,
      code: 'unknown-model',
      details: { suggestions: ['demo'] },
    })
  })

  it.each([
    ['text', Buffer.from('<html>'), 'image-not-supported', 422],
    ['too many bytes', Buffer.alloc(2 ** 20 + 1), 'image-too-large', 413],
  ])('refuses %s for an image', async (_what, bytes, code, status) => {
    const problem = await problemOf({ inputs: [{ tensor: blank }, { image: bytes }] })
    expect(problem).toMatchObject({ code, status })
    expect(pointersOf(problem)).toEqual(['/inputs/1/image'])
  })

  it('refuses a truncated image and goes on with whole ones', async () => {
    const inputs = [{ image: image.subarray(0, image.length >> 1) }]
    expect(await problemOf({ inputs })).toMatchObject({ code: 'image-truncated', status: 422 })
    const whole = taskOf({ model: 'demo', inputs: [{ image }] as never, conditions: [{ y: 'predicted' }] })
    const { results } = await test.engine.attribute(whole)
    expect(Buffer.from(results[0]!.heatmap!.png!).subarray(1, 4).toString()).toBe('PNG')
  })

  it('refuses images for a model without preprocessing', async () => {
    const problem = await problemOf({ model: 'bare', inputs: [{ image }] })
    expect(problem).toMatchObject({ code: 'preprocessing-missing', status: 422 })
    expect(pointersOf(problem)).toEqual(['/inputs/0/image'])
  })

  it('says which shape a tensor must have', async () => {
    const small = fp32([2, 3, 8, 9], new Float32Array(2 * 3 * 72))
    const problem = await problemOf({ inputs: [{ tensor: small }] })
    expect(problem).toMatchObject({
      code: 'tensor-shape-mismatch',
      details: { expected: ['N', 3, side, side], given: [2, 3, 8, 9] },
    })
    expect(pointersOf(problem)).toEqual(['/inputs/0/tensor/shape'])
  })

  it('refuses other datatypes', async () => {
    const problem = await problemOf({ inputs: [{ tensor: { ...blank, datatype: 'INT32' } }] })
    expect(problem).toMatchObject({ code: 'tensor-type-mismatch', status: 422 })
  })

  it.each([Number.NaN, Number.NEGATIVE_INFINITY])('finds %d in a tensor', async (value) => {
    const values = new Float32Array(3 * side * side)
    values[77] = value
    const problem = await problemOf({ inputs: [{ tensor: fp32([1, 3, side, side], values) }] })
    expect(problem).toMatchObject({
      code: 'tensor-not-finite',
      detail: expect.stringContaining('position 77'),
    })
  })

  it('keeps to its limit of rows', async () => {
    const conditions = Array.from({ length: 65 }, () => ({ y: [0] }))
    expect(await problemOf({ conditions })).toMatchObject({ code: 'too-many-rows', status: 422 })
  })
})

describe('conditions', () => {
  it('proposes the nearest layers, with the place of the wrong one', async () => {
    const { name } = (await test.engine.models.layers('demo', 'epsilon_plus')).find(
      ({ op }) => op === 'Conv',
    )!
    const problem = await problemOf({ conditions: [{ y: [1] }, { y: [1], [`${name}x`]: [0] }] })
    expect(problem).toMatchObject({ code: 'unknown-layer', status: 422 })
    expect(pointersOf(problem)).toEqual([`/conditions/1/${`${name}x`.replaceAll('/', '~1')}`])
    expect(problem.errors![0]!.suggestions).toContain(name)
  })

  it('points to an unknown layer of record', async () => {
    const problem = await problemOf({ record: { nowhere: {} } })
    expect(problem.code).toBe('unknown-layer')
    expect(pointersOf(problem)).toEqual(['/record/nowhere'])
  })

  it('gives the range of channels and classes', async () => {
    const layers = await test.engine.models.layers('demo', 'epsilon_plus')
    const { name, concepts } = layers.find(({ op }) => op === 'Conv')!
    const channel = await problemOf({ conditions: [{ y: [1], [name]: [0, concepts!] }] })
    expect(channel).toMatchObject({
      code: 'channel-out-of-range',
      details: { index: concepts, minimum: 0, maximum: concepts! - 1 },
    })
    expect(pointersOf(channel)![0]).toMatch(/^\/conditions\/0\/.*\/1$/)
    const target = await problemOf({ conditions: [{ y: [8] }] })
    expect(target).toMatchObject({ code: 'class-out-of-range', details: { maximum: 7 } })
    expect(pointersOf(target)).toEqual(['/conditions/0/y/0'])
  })
})

describe('several layers and starts', () => {
  /** Convolutions from input to output. */
  const convolutions = async () =>
    (await test.engine.models.layers('demo', 'epsilon_plus')).filter(({ op }) => op === 'Conv')

  it('points to the layer that does not lie below the one before it', async () => {
    const [lower, upper] = await convolutions()
    const condition = { y: [1], [lower!.name]: [0], [upper!.name]: [0] }
    const problem = await problemOf({ conditions: [{ y: [1] }, condition] })
    expect(problem).toMatchObject({ code: 'layer-not-reachable', status: 422 })
    expect(problem.errors![0]!.detail).toContain(`${upper!.name} does not lie below ${lower!.name}`)
    expect(pointersOf(problem)).toEqual([`/conditions/1/${upper!.name}`])
  })

  it('needs no order where nothing is excluded', async () => {
    const [lower, upper] = await convolutions()
    const task = (...layers: string[]) =>
      taskOf({
        model: 'demo',
        inputs: [{ image }] as never,
        conditions: [Object.fromEntries([['y', [1]], ...layers.map((layer) => [layer, [0, 1]])])] as never,
        exclude_parallel: false,
        output: { heatmap: ['tensor'] },
      })
    const [a, b] = [lower!.name, upper!.name]
    const { results } = await test.engine.attribute(task(a, b))
    expect((await test.engine.attribute(task(b, a))).results[0]!.heatmap).toEqual(results[0]!.heatmap)
  })

  it('refuses one layer under two names', async () => {
    const { name, aliases } = (await convolutions()).find(({ aliases }) => aliases.length > 0)!
    const problem = await problemOf({ conditions: [{ y: [1], [name]: [0], [aliases[0]!]: [1] }] })
    expect(problem).toMatchObject({ code: 'duplicate-layer', status: 422 })
    expect(pointersOf(problem)).toEqual([`/conditions/0/${aliases[0]!.replaceAll('/', '~1')}`])
  })

  it('points to positions that do not exist', async () => {
    const { name, output_shape: shape } = (await convolutions())[0]!
    const positions = Number(shape[2]) * Number(shape[3])
    const problem = await problemOf({ conditions: [{ y: [1], [name]: { '3': [0, positions] } }] })
    expect(problem).toMatchObject({ code: 'position-out-of-range', details: { maximum: positions - 1 } })
    expect(pointersOf(problem)).toEqual([`/conditions/0/${name}/3/1`])
  })

  it('points to an unknown start layer, and to one above a conditioned layer', async () => {
    const unknown = await problemOf({ start_layer: 'nowhere', conditions: [{}] })
    expect([unknown.code, pointersOf(unknown)]).toEqual(['unknown-layer', ['/start_layer']])
    const [lower, upper] = await convolutions()
    const above = await problemOf({ start_layer: lower!.name, conditions: [{ [upper!.name]: [0] }] })
    expect([above.code, pointersOf(above)]).toEqual(['layer-not-reachable', [`/conditions/0/${upper!.name}`]])
  })

  it('takes a start relevance in the shape of the start layer only', async () => {
    const { name, output_shape: shape } = (await convolutions())[0]!
    const sizes = shape.slice(1).map(Number)
    const wrong = {
      start_layer: name,
      conditions: [{}, {}],
      init_relevance: fp32([1, 8], new Float32Array(8)),
    }
    const problem = await problemOf(wrong)
    expect([problem.code, pointersOf(problem)]).toEqual(['tensor-shape-mismatch', ['/init_relevance/shape']])
    expect(problem.detail).toContain(`[1 or 2, ${sizes.join(', ')}]`)
    const values = new Float32Array(sizes.reduce((a, b) => a * b, 1)).fill(Number.NaN, 5, 6)
    const poisoned = await problemOf({ ...wrong, init_relevance: fp32([1, ...sizes], values) })
    expect(poisoned).toMatchObject({
      code: 'tensor-not-finite',
      detail: expect.stringContaining('position 5'),
    })
  })
})

describe('composites', () => {
  const pair = fp32([2, 3, 1, 9], new Float32Array(54).fill(1))

  it.each<[string, object, string, string, object?]>([
    ['epsilon', { name: 'epsilon_plus', epsilon: -1 }, 'rule-parameter-invalid', '/composite/epsilon'],
    [
      'a missing layer',
      { layers: [{ match: { name: 'nowhere' }, rule: { name: 'epsilon' } }] },
      'unknown-layer',
      '/composite/layers/0/match/name',
    ],
    [
      'alpha and beta',
      {
        layers: [{ match: { type: 'linear' }, rule: { name: 'epsilon' } }],
        first: [
          { match: { type: 'convolution' }, rule: { name: 'flat' } },
          { match: { type: 'convolution' }, rule: { name: 'alpha_beta', alpha: 2, beta: 2 } },
        ],
      },
      'rule-parameter-invalid',
      '/composite/first/1/rule/alpha',
    ],
    [
      'a rule that its layer cannot carry',
      { layers: [{ match: { type: 'activation' }, rule: { name: 'z_plus' } }] },
      'rule-not-applicable',
      '/composite/layers/0/rule',
    ],
    [
      'a rule that would change the shape',
      { layers: [{ match: { type: 'any_linear' }, rule: { name: 'pass' } }], base: 'epsilon_plus' },
      'rule-not-applicable',
      '/composite/layers/0/rule',
    ],
    [
      'a bound for another number of channels',
      { name: 'epsilon_gamma_box', low: [0, 0], high: 1 },
      'rule-parameter-invalid',
      '/composite/low',
    ],
    [
      'a bound of another shape',
      { first: [{ match: { type: 'convolution' }, rule: { name: 'z_box', low: 0, high: pair } }] },
      'rule-parameter-invalid',
      '/composite/first/0/rule/high',
    ],
    [
      'bounds that cross',
      { layers: [], base: { name: 'epsilon_gamma_box', low: [0, 0.5, 0], high: [1, 0.25, 1] } },
      'rule-parameter-invalid',
      '/composite/base/low',
    ],
    [
      'bounds of fewer samples',
      { first: [{ match: { type: 'convolution' }, rule: { name: 'z_box', low: 0, high: pair } }] },
      'rule-parameter-invalid',
      '/composite/first/0/rule/high/shape',
      { inputs: [{ tensor: fp32([3, 3, side, side], new Float32Array(9 * side * side)) }] },
    ],
    [
      'a stabilizer over the batch',
      { name: 'epsilon_plus', stabilizer: { norm_scale: true, dim: [0] } },
      'rule-parameter-invalid',
      '/composite/stabilizer/dim',
    ],
  ])('points to %s', async (_what, composite, code, pointer, rest: object = {}) => {
    const problem = await problemOf({ composite, ...rest })
    expect(problem).toMatchObject({ code, status: 422 })
    expect(pointersOf(problem)).toEqual([pointer])
  })
})

describe('pictures', () => {
  it('refuses an overlay without an image', async () => {
    const problem = await problemOf({ output: { render: { overlay: 0.5 } } })
    expect(problem).toMatchObject({ code: 'render-invalid', status: 422 })
    expect(pointersOf(problem)).toEqual(['/output/render/overlay'])
  })

  it('refuses an unknown colour map', async () => {
    const problem = await problemOf({ output: { render: { colormap: 'no such map' } } })
    expect(problem).toMatchObject({ code: 'colormap-invalid', status: 422 })
    expect(pointersOf(problem)![0]).toMatch(/^\/output\/render/)
  })
})

describe('work that nobody waits for', () => {
  const task = () => taskOf({ model: 'demo', inputs: [{ tensor: blank }] as never, conditions: [{ y: [1] }] })

  it('stops at an abort and at a deadline, and the engine goes on', async () => {
    const gone = test.engine.attribute(task(), { signal: AbortSignal.abort() })
    await expect(gone).rejects.toMatchObject({ code: 'cancelled' })
    const late = test.engine.attribute(task(), { deadline: Date.now() - 1 })
    await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' })
    expect((await test.engine.attribute(task())).results).toHaveLength(1)
  })
})

describe('predictions', () => {
  it('checks inputs in the same way', async () => {
    const task: PredictionTask = { inputs: [{ image }], prediction: { top: 1, tensor: false } }
    await expect(test.engine.predict('bare', task)).rejects.toMatchObject({ code: 'preprocessing-missing' })
    const { results } = await test.engine.predict('demo', task)
    expect(results[0]!.prediction.top).toHaveLength(1)
  })
})
