import { openAsBlob } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { zipSync } from 'fflate'

const world = new URL('../../examples/concept-world/', import.meta.url)
const folder = new URL('model/', world)

/** Name under which the demo model is registered. */
export const demoModel = 'concept-world'

/** Name under which the pictures of its test part are registered. */
export const demoDataset = 'concept-world'

async function upload(origin: string, kind: 'models' | 'datasets', form: FormData): Promise<void> {
  const answer = await fetch(`${origin}/v1/${kind}`, { method: 'POST', body: form })
  if (!answer.ok) throw new Error(`the demo's ${kind} were refused: ${await answer.text()}`)
}

async function registerModel(origin: string): Promise<void> {
  const form = new FormData()
  form.set('metadata', await readFile(new URL('metadata.json', folder), 'utf8'))
  form.set(
    'model',
    await openAsBlob(fileURLToPath(new URL('concept-world.onnx', folder))),
    'concept-world.onnx',
  )
  await upload(origin, 'models', form)
}

/** The pictures in their class folders as an archive; they are compressed already. */
async function pictures(): Promise<Uint8Array> {
  const root = fileURLToPath(new URL('dataset/', world))
  const paths = (await readdir(root, { recursive: true })).filter((path) => path.endsWith('.png'))
  const files = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(root, path))] as const),
  )
  return zipSync(Object.fromEntries(files), { level: 0 })
}

async function registerDataset(origin: string): Promise<void> {
  const form = new FormData()
  form.set('metadata', JSON.stringify({ name: demoDataset }))
  form.set('data', new Blob([new Uint8Array(await pictures())]), 'concept-world.zip')
  await upload(origin, 'datasets', form)
}

/**
 * Registers the demo model and its data set through the public API unless they are there. Throws with the API's answer
 * where one is refused.
 */
export async function registerDemo(origin: string): Promise<void> {
  const isThere = async (path: string) => (await fetch(`${origin}/v1/${path}`)).ok
  if (!(await isThere(`models/${demoModel}`))) await registerModel(origin)
  if (!(await isThere(`datasets/${demoDataset}`))) await registerDataset(origin)
}

/** How long the queue may take to answer, and the pause between two tries, milliseconds. */
const queueLimitMs = 60_000
const retryMs = 500

/**
 * Submits the feature visualization of the demo, which job workers do in the background: every layer with weights over the
 * data set. The same run again is the one that is there. Throws with the API's answer where it is refused.
 */
export async function submitDemoRun(origin: string): Promise<void> {
  const limit = Date.now() + queueLimitMs
  for (;;) {
    const answer = await fetch(`${origin}/v1/feature-visualizations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: demoModel, dataset: demoDataset }),
    })
    if (answer.ok) return
    // A queue that has just been started may not answer yet.
    if (answer.status !== 503 || Date.now() > limit)
      throw new Error(`the demo's feature visualization was refused: ${await answer.text()}`)
    await sleep(retryMs)
  }
}
