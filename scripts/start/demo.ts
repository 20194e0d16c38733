import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const folder = new URL('../../examples/concept-world/model/', import.meta.url)

/** Name under which the demo model is registered. */
export const demoModel = 'concept-world'

/**
 * Registers the demo model through the public API unless it is there. Throws with the API's answer where the model is
 * refused.
 */
export async function registerDemo(origin: string): Promise<void> {
  const known = await fetch(`${origin}/v1/models/${demoModel}`)
  if (known.ok) return
  const form = new FormData()
  form.set('metadata', await readFile(new URL('metadata.json', folder), 'utf8'))
  form.set(
    'model',
    await openAsBlob(fileURLToPath(new URL('concept-world.onnx', folder))),
    'concept-world.onnx',
  )
  const answer = await fetch(`${origin}/v1/models`, { method: 'POST', body: form })
  if (!answer.ok) throw new Error(`the demo model was refused: ${await answer.text()}`)
}
