import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { FileSystemObjectStore } from '@crp-serve/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ModelNames } from '../src/models/names.ts'
import type { ModelRecord } from '../src/models/record.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(`${tmpdir()}/crp-names-`)
})
afterAll(() => rm(root, { recursive: true }))

const recordOf = (name: string, sha256 = name) => ({ name, sha256 }) as ModelRecord

describe.each([true, false])('the names of models (local: %s)', (local) => {
  const open = () => new ModelNames(new FileSystemObjectStore(`${root}/${local}`), local)

  it('that other workers delete do not fill the memory of this one', async () => {
    const [one, other] = [open(), open()]
    for (let i = 0; i < 300; i++) {
      expect(await other.give(recordOf(`m${i}`))).toBe(true)
      expect(await one.read(`m${i}`)).toEqual(recordOf(`m${i}`))
      await other.take(`m${i}`)
    }
    expect(one.kept).toBeLessThan(300)
  })

  it('are given once, and are another model when they are given again', async () => {
    const [one, other] = [open(), open()]
    expect(await one.give(recordOf('a', '1'))).toBe(true)
    expect(await other.give(recordOf('a', '2'))).toBe(false)
    expect(await one.read('a')).toEqual(recordOf('a', '1'))
    await other.take('a')
    await other.give(recordOf('a', '2'))
    await expect.poll(() => one.read('a'), { timeout: 5000 }).toEqual(recordOf('a', '2'))
    expect(await one.hasContent('2')).toBe(true)
    expect(await one.hasContent('1')).toBe(false)
  })
})
