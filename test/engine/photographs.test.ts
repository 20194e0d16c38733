import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeImage, type ImageTensor, normalizePreprocessing, preprocess } from '@crp-serve/imaging'
import { readModel } from '@crp-serve/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { epsilonPlusFlat } from '../reference/composites.ts'
import { explain, heatmap } from '../reference/lrp.ts'
import type { Tensor } from '../reference/tensor.ts'
import { compileComposite, feedsOf } from './compiled-run.ts'
import { EngineSession } from './engine-session.ts'

/** SqueezeNet 1.0 trained on ImageNet and photographs, beside the repository where they are present. */
const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/realism')
const isPresent = existsSync(join(folder, 'squeezenet10_imagenet.onnx'))
if (!isPresent) process.stderr.write(`SKIPPED: no classifier and no photographs in ${folder}\n`)

/** Photographs and what they show; the reference takes some ten seconds for each, so most wait for PHOTOGRAPHS=all. */
const labels: Readonly<Record<string, string>> = {
  'bird.jpg': 'chickadee',
  'cat_720p.jpg': 'tiger cat',
  'dog_test_0.jpg': 'soft-coated wheaten terrier',
  'hot_dog.jpg': 'hotdog, hot dog, red hot',
  'owl.jpg': 'great grey owl, great gray owl, Strix nebulosa',
  'parrot.jpg': 'macaw',
  'sunflower.jpg': 'daisy',
}
const chosen = process.env['PHOTOGRAPHS'] === 'all' ? Object.keys(labels) : ['bird.jpg', 'dog_test_0.jpg']

/** What the model was trained on: BGR from 0 to 255 less the mean, the centre square resized to 227. */
const preprocessing = normalizePreprocessing({
  size: 227,
  resize: 'shorter_side',
  crop: true,
  scale: 1,
  mean: [104, 117, 123],
  channel_order: 'BGR',
})

async function inputOf(name: string): Promise<ImageTensor> {
  const limits = { maxBytes: 2 ** 24, maxPixels: 2 ** 26 }
  return preprocess(await decodeImage(readFileSync(join(folder, name)), limits), preprocessing)
}

/** Differences of two heatmaps relative to the largest value of the expected one, in ascending order. */
function errors(expected: Tensor, actual: ArrayLike<number>): number[] {
  const scale = expected.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  return Array.from(expected.data, (value, i) => Math.abs(value - actual[i]!) / scale).sort((a, b) => a - b)
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0)

describe.skipIf(!isPresent)(
  'photographs through SqueezeNet under epsilon_plus_flat',
  { timeout: 180_000 },
  () => {
    const model = isPresent ? readModel(readFileSync(join(folder, 'squeezenet10_imagenet.onnx'))) : null
    const classes = isPresent ? readFileSync(join(folder, 'labels.txt'), 'utf8').split('\n') : []
    let engine: EngineSession
    beforeAll(async () => {
      engine = await EngineSession.start()
    })
    afterAll(() => engine.close())

    async function explained(input: ImageTensor, target: number) {
      const run = compileComposite(model!, 'epsilon_plus_flat')
      const [fetched] = await engine.run(run, [feedsOf(run, { data: input, select: [[target]] })])
      const values = (name: string) => fetched![name]!.data as Float32Array
      const { outputs } = run.compiled
      return { logits: values(outputs.prediction), relevance: values(outputs.heatmap!) }
    }

    test('there is a label for every photograph', () => {
      const found = readdirSync(folder).filter((name) => name.endsWith('.jpg'))
      expect(found.sort()).toEqual(Object.keys(labels).sort())
    })

    test.each(chosen)('%s', async (name) => {
      const input = await inputOf(name)
      const target = classes.indexOf(labels[name]!)
      const reference = explain(model!, input, {
        rules: epsilonPlusFlat(model!.graph),
        select: [[target]],
      })
      const { logits, relevance } = await explained(input, target)
      expect(logits.indexOf(Math.max(...logits))).toBe(target)

      const sorted = errors(heatmap(reference.input), relevance)
      // Rounding alone stays below 1e-6. Where two inputs of a MaxPool window are equal to seven digits, float32 can
      // choose the other one, and what that window hands down moves by a pixel or two.
      expect(sorted[Math.floor(0.995 * sorted.length)]).toBeLessThan(2e-6)
      expect(sorted.at(-1)).toBeLessThan(1e-3)
      // Flat keeps what reaches the first layer; positive biases of the z+ layers take the rest.
      const ratio = sum(relevance) / logits[target]!
      expect(ratio).toBeGreaterThan(0.98)
      expect(ratio).toBeLessThan(1.005)
    })
  },
)
