import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createClient, type Schemas } from '@crp-serve/client'
import { decodeImage, encodePng, type RgbImage, resizeImage } from '@crp-serve/imaging'

const root = new URL('../../', import.meta.url)
const picture = new URL('examples/concept-world/dataset/green-speckled-cross/002-stamped.png', root)
const folder = new URL('docs/images/', root)

/** Output 3 of the demo model, `green-speckled-cross`. */
const y = 3
/** The layer whose channels are the concepts. */
const layer = 'features.12'
/** Pixels of the figures for each pixel of a picture. */
const scale = 3
/** Grey pixels around every panel. */
const frame = 3
/** Contrast: colours saturate at half of the greatest relevance. */
const render = { level: 2 }

/** The most relevant channels of the class, in the order in which the README lists them. */
const channels: readonly number[] = [5, 13, 14]

const limits = { maxBytes: 2 ** 20, maxPixels: 2 ** 20 }

type Request = Schemas['AttributionRequest']

/** The composites that are shown side by side. Pixels of 0 to 1 are -2 to 2 for the demo model. */
const composites: readonly NonNullable<Request['composite']>[] = [
  'epsilon_plus_flat',
  'epsilon_plus',
  'epsilon_alpha2_beta1',
  { name: 'epsilon_gamma_box', low: -2, high: 2 },
  'gradient',
]

/** The pictures of one request, in the order of its conditions. */
async function heatmaps(
  origin: string,
  conditions: Request['conditions'],
  composite: Request['composite'] = 'epsilon_plus_flat',
): Promise<RgbImage[]> {
  const image = { base64: (await readFile(picture)).toString('base64') }
  const { data, error } = await createClient({ baseUrl: origin }).POST('/v1/attributions', {
    body: { model: 'concept-world', inputs: [{ image }], conditions, composite, output: { render } },
  })
  if (!data) throw new Error(`${error.code}: ${error.detail}`)
  if (!('results' in data)) throw new Error('the answer is a job')
  return Promise.all(
    data.results.map(({ heatmap }) => decodeImage(Buffer.from(heatmap?.png ?? '', 'base64'), limits)),
  )
}

/** Pictures of one size side by side in a grey frame. */
function row(panels: readonly RgbImage[]): RgbImage {
  const { width, height } = panels[0]!
  const total = { width: panels.length * (width + frame) + frame, height: height + 2 * frame }
  const rgb = new Uint8Array(total.width * total.height * 3).fill(0xc0)
  for (const [i, panel] of panels.entries()) {
    for (let line = 0; line < height; line++) {
      const pixels = panel.rgb.subarray(line * width * 3, (line + 1) * width * 3)
      rgb.set(pixels, ((line + frame) * total.width + frame + i * (width + frame)) * 3)
    }
  }
  return { ...total, rgb }
}

async function writeFigure(name: string, panels: readonly RgbImage[]): Promise<void> {
  const enlarged = panels.map((panel) =>
    resizeImage(panel, panel.width * scale, panel.height * scale, 'nearest'),
  )
  const { rgb, width, height } = row(enlarged)
  await writeFile(new URL(name, folder), await encodePng(rgb, width, height))
}

/** The page of the best samples of every channel, as the service draws it. */
async function grid(origin: string): Promise<Uint8Array> {
  const { data, error } = await createClient({ baseUrl: origin }).GET('/v1/references/grid', {
    params: { query: { model: 'concept-world', layer, concept: channels.join(',') } },
    parseAs: 'arrayBuffer',
  })
  if (!data) throw new Error(`${error.code}: ${error.detail}`)
  return new Uint8Array(data)
}

/** Makes the pictures of the documentation with a running service whose demo run is done. */
async function main(origin: string): Promise<void> {
  const original = await decodeImage(await readFile(picture), limits)
  const [whole, ...concepts] = await heatmaps(origin, [
    { y: [y] },
    ...channels.map((channel) => ({ y: [y], [layer]: [channel] })),
  ])
  await mkdir(folder, { recursive: true })
  await writeFigure('heatmap.png', [original, whole!, concepts[0]!])
  await writeFigure('concepts.png', [original, ...concepts])
  const compared = await Promise.all(composites.map((composite) => heatmaps(origin, [{ y: [y] }], composite)))
  await writeFigure('composites.png', compared.flat())
  await writeFile(new URL('references.png', folder), await grid(origin))
}

await main(process.argv[2] ?? 'http://127.0.0.1:8080')
