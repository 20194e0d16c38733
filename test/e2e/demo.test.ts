import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Schemas } from '@crp-serve/client'
import { decodeImage } from '@crp-serve/imaging'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../support/compare.ts'
import { attribute, numbers, type Row, sum } from './api.ts'
import { conceptWorld, type ExpectedSample, imageInput, type Picture } from './concept-world.ts'
import { type EmbeddedStack, npmStart } from './stack.ts'

const model = 'concept-world'
const side = 80
const expected = conceptWorld.expected()
const { layer } = expected.stamp
const labels = conceptWorld.metadata().labels!
const pictures = conceptWorld.pictures()
const inputs = (chosen: readonly { readonly path: string }[]) =>
  chosen.map(({ path }) => imageInput(conceptWorld.file(path)))

let dataDir: string
let stack: EmbeddedStack
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'crp-demo-'))
  stack = await npmStart({ DATA_DIR: dataDir })
})
afterAll(async () => {
  await stack.starter.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** Relevance of every channel of the layer. */
const channels = (row: Row): number[] => {
  const concepts = row.layers![layer]!.concepts!
  return concepts.toSorted((a, b) => a.index - b.index).map(({ relevance }) => relevance!)
}

describe('npm start', () => {
  it('prints links that answer', async () => {
    const links = stack.starter.output().match(/http:\S+/g)!
    expect(links.length).toBeGreaterThan(3)
    const answers = await Promise.all(links.slice(1).map(async (link) => (await fetch(link)).status))
    expect(answers).toEqual(links.slice(1).map(() => 200))
  })

  it('has registered the demo model', async () => {
    const { data } = await stack.client.GET('/v1/models')
    expect(data!.models.map(({ name }) => name)).toEqual([model])
  })

  it('has registered the demo data set, in the order of its list', async () => {
    const { data } = await stack.client.GET('/v1/datasets')
    expect(data!.datasets).toMatchObject([{ name: model, samples: pictures.length, classes: labels }])
    const query = { limit: 1000 }
    const items = await stack.client.GET('/v1/datasets/{dataset}/items', {
      params: { path: { dataset: model }, query },
    })
    const paths = pictures.map(({ path }) => path.replace('dataset/', ''))
    expect(items.data!.items.map(({ path }) => path)).toEqual(paths)
  })
})

interface RequestExamples {
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly examples?: Readonly<Record<string, { value: unknown }>> }>
    >
  }
}

describe('examples of the OpenAPI document', () => {
  /** Routes that ask for models and images, which the demo has. */
  const computing = /^\/(v1\/(attributions|attribution-graphs|models)|v2\/models\/\{model\}\/(infer|explain))/

  it('run as they are, but for tensors', async () => {
    const document = (await (await fetch(`${stack.origin}/openapi.json`)).json()) as {
      paths: Record<string, { post?: RequestExamples }>
    }
    const examples = Object.entries(document.paths).flatMap(([path, { post }]) =>
      Object.entries(post?.requestBody?.content['application/json']?.examples ?? {})
        .filter(([name]) => computing.test(path) && name !== 'tensor')
        .map(([name, { value }]) => ({ path: path.replace('{model}', model), name, value })),
    )
    expect(examples.length).toBeGreaterThan(10)
    for (const { path, name, value } of examples) {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${stack.origin}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(value),
      })
      const text = answer.status === 200 ? '' : await answer.text()
      expect(`${path} ${name} ${answer.status} ${text}`).toBe(`${path} ${name} 200 `)
    }
  })
})

describe('predictions', () => {
  async function confusionOf(chosen: readonly Picture[]): Promise<number[][]> {
    const table = labels.map(() => labels.map(() => 0))
    const { data, error } = await stack.client.POST('/v1/models/{model}/predictions', {
      params: { path: { model } },
      body: { inputs: inputs(chosen), output: { prediction: { top: 1 } } },
    })
    expect(error).toBeUndefined()
    const { results } = data as Schemas['PredictionResponse']
    for (const { sample, prediction } of results) {
      const [best] = prediction.top
      expect(best!.label).toBe(labels[best!.index])
      table[labels.indexOf(chosen[sample]!.label)]![best!.index]! += 1
    }
    return table
  }

  it('of the whole test part are those of the reference', async () => {
    const half = pictures.length / 2
    const tables = [await confusionOf(pictures.slice(0, half)), await confusionOf(pictures.slice(half))]
    const confusion = labels.map((_, i) => labels.map((_, j) => sum(tables.map((table) => table[i]![j]!))))
    expect(confusion).toEqual(expected.confusion)
    expect(sum(confusion.map((row, i) => row[i]!))).toBe(expected.test.correct)
  })
})

describe('relevance of the samples of expected.json', () => {
  let rows: Row[]
  beforeAll(async () => {
    const request: Schemas['AttributionRequest'] = {
      model,
      inputs: inputs(expected.samples),
      conditions: [{ y: 'predicted' }],
      composite: expected.composite,
      record: { [layer]: { concepts: 16 } },
      output: { heatmap: ['tensor', 'png'], prediction: { top: 2, tensor: true } },
    }
    rows = (await attribute(stack.client, request)).results
  })

  const close = (actual: readonly number[], wanted: readonly number[]) =>
    compareArrays({ shape: [wanted.length], data: wanted }, { shape: [actual.length], data: actual }, 1e-4)

  it.each(expected.samples.map((sample, i) => [sample.path, sample, i] as const))(
    '%s',
    (_path, sample, i) => {
      const row = rows[i]!
      const heatmap = [...numbers(row.heatmap!.tensor).data]
      expect(row.prediction.top[0]).toMatchObject(sample.top)
      const pairs: [string, readonly number[], readonly number[]][] = [
        ['logits', [...numbers(row.prediction.tensor).data], sample.logits],
        ['sum at the input', [sum(heatmap)], [sample.relevance.input_sum]],
        ['largest at the input', [Math.max(...heatmap)], [sample.relevance.input_max]],
        [layer, channels(row), sample.relevance[layer]!],
      ]
      const failures = pairs.flatMap(([name, actual, wanted]) => {
        const { passed, message } = close(actual, wanted)
        return passed ? [] : [`${name}: ${message}`]
      })
      expect(failures).toEqual([])
      checkTrust(row, sample)
    },
  )

  function checkTrust({ trust }: Row, { relevance, logits, top }: ExpectedSample) {
    const initial = logits[top.index]!
    expect(trust.initial).toBeCloseTo(initial, 3)
    expect(trust.ratio).toBeCloseTo(relevance.input_sum / initial, 3)
    expect(trust.layers[layer]).toBeCloseTo(sum(relevance[layer]!) / initial, 3)
    expect(trust).toMatchObject({ finite: true, warnings: [] })
  }

  it('come as pictures too: red where it is positive, blue where it is negative', async () => {
    for (const row of rows.slice(0, 4)) {
      const picture = await decodeImage(Buffer.from(row.heatmap!.png!, 'base64'), {
        maxBytes: 2 ** 20,
        maxPixels: side ** 2,
      })
      expect([picture.width, picture.height]).toEqual([side, side])
      const { data } = numbers(row.heatmap!.tensor)
      const strongest = data.indexOf(Math.max(...data))
      const [red, green, blue] = picture.rgb.slice(3 * strongest, 3 * strongest + 3)
      expect(red! - blue!).toBeGreaterThan(100)
      expect(green).toBe(blue)
    }
  })

  it('are the same for an image in a multipart part', async () => {
    const [sample] = expected.samples
    const form = new FormData()
    const request: Schemas['AttributionRequest'] = {
      model,
      inputs: [{ image: { part: 'picture' } }],
      conditions: [{ y: [sample!.top.index] }],
      output: { heatmap: ['tensor'] },
    }
    form.set('request', JSON.stringify(request))
    form.set('picture', new Blob([conceptWorld.file(sample!.path)]), 'picture.png')
    const answer = await fetch(`${stack.origin}/v1/attributions`, { method: 'POST', body: form })
    expect(answer.status).toBe(200)
    const { results } = (await answer.json()) as Schemas['AttributionResponse']
    const [part, whole] = [results[0]!, rows[0]!].map((row) => numbers(row.heatmap!.tensor))
    expect(compareArrays(whole!, part!, 1e-6)).toMatchObject({ passed: true })
  })
})

describe('the planted stamp', () => {
  const stamped = pictures.filter((picture) => picture.stamped)
  const target = labels.indexOf(expected.stamp.class)
  const request = (conditions: Schemas['AttributionRequest']['conditions']) => ({
    model,
    inputs: inputs(stamped),
    conditions,
    composite: expected.composite,
    record: { [layer]: { relevance: false, concepts: 16 } },
    output: { heatmap: ['tensor' as const], prediction: { top: 1 } },
  })

  /** 1 where a picture shows the stamp, else 0. */
  async function maskOf({ mask }: Picture): Promise<number[]> {
    const { channel, bit } = conceptWorld.maskBit('stamp')
    const { rgb } = await decodeImage(conceptWorld.file(mask), { maxBytes: 2 ** 20, maxPixels: side ** 2 })
    return Array.from({ length: side ** 2 }, (_, i) => (rgb[3 * i + channel]! >> bit) & 1)
  }

  /** Share of the positive relevance that lies inside the mask. */
  function shareInside(row: Row, mask: readonly number[]): number {
    const positive = [...numbers(row.heatmap!.tensor).data].map((value) => Math.max(value, 0))
    return sum(positive.map((value, i) => value * mask[i]!)) / sum(positive)
  }

  it('is what the most relevant concept of its class sees', async () => {
    expect(stamped).toHaveLength(expected.stamp.images)
    const ordinary = (await attribute(stack.client, request([{ y: [target] }]))).results
    const totals = channels(ordinary[0]!).map((_, c) => sum(ordinary.map((row) => channels(row)[c]!)))
    const top = totals.indexOf(Math.max(...totals))
    expect(top).toBe(expected.stamp.channel)

    const { results } = await attribute(stack.client, request([{ y: [target], [layer]: [top] }]))
    const masks = await Promise.all(stamped.map(maskOf))
    const shares = results.map((row, i) => shareInside(row, masks[i]!)).sort((a, b) => a - b)
    expect(shares.filter((share) => share >= 0.6).length).toBeGreaterThanOrEqual(0.8 * stamped.length)
    expect(shares[0]).toBeCloseTo(expected.stamp.share_inside.min, 3)
  })
})

describe('SIGTERM', () => {
  it('lets requests in flight be answered', async () => {
    const conditions = labels.map((_, i) => ({ y: [i] }))
    const answer = attribute(stack.client, { model, inputs: inputs(pictures.slice(0, 30)), conditions })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const stopping = stack.starter.stop()
    expect((await answer).results).toHaveLength(240)
    await stopping
    await expect(fetch(`${stack.origin}/healthz`)).rejects.toThrow()
  })
})
