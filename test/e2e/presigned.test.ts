import { setTimeout as sleep } from 'node:timers/promises'
import type { Schemas } from '@crp-serve/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshBucket, s3Access, storeVariables } from '../support/s3.ts'
import { prepareRun } from './golden-run.ts'
import { type Stack, startStack } from './stack.ts'

const s3 = await s3Access()

/** Long enough for a slow machine to follow the links in time. */
const linkSeconds = 8

const bytesOf = async (answer: Response): Promise<Buffer> => {
  expect(answer.status, answer.url).toBe(200)
  expect(answer.headers.get('content-type')).toBe('image/png')
  return Buffer.from(await answer.arrayBuffer())
}

describe.runIf(s3)('links=presigned', () => {
  let stack: Stack
  let query: string
  beforeAll(async () => {
    const store = storeVariables(await freshBucket(s3!))
    stack = await startStack({ env: { ...store, PRESIGNED_LINK_SECONDS: String(linkSeconds) } })
    const run = await prepareRun(stack.origin)
    query = `feature_visualization=${run}&layer=features.5&concept=1&to=3`
  })
  afterAll(() => stack.stop())

  async function linksOf(more = ''): Promise<string[]> {
    const answer = await fetch(`${stack.origin}/v1/references?${query}${more}`)
    expect(answer.status, await answer.clone().text()).toBe(200)
    const { references } = (await answer.json()) as { references: Schemas['ReferenceSample'][] }
    return references.map(({ image_url }) => image_url)
  }

  it('gives addresses of the store with the bytes that the service answers, until they expire', async () => {
    const links = await linksOf('&links=presigned')
    expect(links).toHaveLength(3)
    for (const link of links) expect(new URL(link).origin).toBe(new URL(s3!.endpoint).origin)
    const direct = await Promise.all(links.map(async (link) => bytesOf(await fetch(link))))

    const own = await linksOf()
    const served = await Promise.all(own.map(async (path) => bytesOf(await fetch(stack.origin + path))))
    expect(direct.map((bytes, i) => bytes.equals(served[i]!))).toEqual([true, true, true])

    await sleep((linkSeconds + 1) * 1000)
    for (const link of links) expect((await fetch(link)).status).toBe(403)
    // New links to the same pictures.
    for (const link of await linksOf('&links=presigned')) expect((await fetch(link)).status).toBe(200)
  })

  it('lets nobody reach another object with a link', async () => {
    const [link] = await linksOf('&links=presigned')
    const other = new URL(link!)
    other.pathname = other.pathname.replace(/images\/.*$/, 'manifest.json')
    expect((await fetch(other)).status).toBe(403)
  })
})
