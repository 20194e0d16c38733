import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allowedDirectory, allowedS3, outputsOf } from '../src/index.ts'
import { freshFolder } from './build.ts'

describe('directories', () => {
  const make = async () => {
    const base = await freshFolder()
    for (const path of ['root/set', 'root-2/set', 'other']) await mkdir(join(base, path), { recursive: true })
    await symlink(join(base, 'other'), join(base, 'root/out'))
    await symlink(join(base, 'root/set'), join(base, 'root/in'))
    return { base, roots: [join(base, 'root')] }
  }

  it('are taken below a root, relative ones too', async () => {
    const { base, roots } = await make()
    const set = join(base, 'root/set')
    for (const given of [set, `${set}/`, 'set', './set', join(base, 'root/in')]) {
      expect(await allowedDirectory(given, roots), given).toBe(set)
    }
    expect(await allowedDirectory(roots[0]!, roots)).toBe(roots[0])
  })

  it('are refused outside, also by way of links and dots', async () => {
    const { base, roots } = await make()
    const outside = [
      '/',
      '/etc',
      join(base, 'root-2/set'),
      '../other',
      `${roots[0]}/../other`,
      'out',
      join(base, 'root/out'),
    ]
    for (const given of outside) {
      await expect(allowedDirectory(given, roots), given).rejects.toMatchObject({
        code: 'dataset-place-not-allowed',
        pointer: '/source/directory',
      })
    }
    await expect(allowedDirectory('/etc', [])).rejects.toMatchObject({ code: 'dataset-place-not-allowed' })
  })

  it('have to exist', async () => {
    const { roots } = await make()
    for (const given of ['nothing', 'a\0b', `${'a/'.repeat(3000)}b`]) {
      await expect(allowedDirectory(given, roots)).rejects.toMatchObject({ code: 'dataset-place-missing' })
    }
  })
})

describe('places in S3', () => {
  const roots = ['/data', 's3://pictures/public', 's3://all-mine']

  it('are taken below a root', () => {
    expect(allowedS3('pictures/public/set', roots)).toEqual({ bucket: 'pictures', prefix: 'public/set' })
    expect(allowedS3('s3://pictures/public', roots)).toEqual({ bucket: 'pictures', prefix: 'public' })
    expect(allowedS3('all-mine', roots)).toEqual({ bucket: 'all-mine', prefix: '' })
  })

  it.each(['pictures', 'pictures/public-2', 'pictures/private', 'others/public'])(
    'are refused outside: %s',
    (given) => {
      expect(() => allowedS3(given, roots)).toThrow(
        expect.objectContaining({ code: 'dataset-place-not-allowed' }),
      )
    },
  )

  it.each(['', '/data', 'pictures/public/../private', 'https://x'])(
    'are refused when they are none: %s',
    (given) => {
      expect(() => allowedS3(given, roots)).toThrow(
        expect.objectContaining({ code: 'dataset-place-missing' }),
      )
    },
  )
})

describe('outputsOf', () => {
  const named = (classes: readonly string[], more = {}) => ({
    classes,
    labelling: 'names' as const,
    classesGiven: false,
    ...more,
  })
  const labels = ['dog', 'cat', 'bird', 'cat']

  it('takes the output whose label is the name, else the position', () => {
    expect([...outputsOf(named(['cat', 'dog']), { labels, count: 4 })]).toEqual([1, 0])
    expect([...outputsOf(named(['a', 'b', 'bird']), { labels: ['x', 'y', 'bird'], count: 3 })]).toEqual([
      0, 1, 2,
    ])
    expect([...outputsOf(named(['cat', 'dog']), { count: 2 })]).toEqual([0, 1])
  })

  it('takes classes that were given, and labels that are numbers, as they stand', () => {
    expect([...outputsOf(named(['cat', 'dog'], { classesGiven: true }), { labels, count: 4 })]).toEqual([
      0, 1,
    ])
    const numbers = { classes: ['0', '1', '2'], labelling: 'outputs' as const, classesGiven: false }
    expect([...outputsOf(numbers, { labels: ['2', '1', '0'], count: 3 })]).toEqual([0, 1, 2])
  })

  it('refuses outputs that the model does not have, and those that two classes claim', () => {
    expect(() => outputsOf(named(['a', 'b', 'c']), { count: 2 })).toThrow(
      expect.objectContaining({
        code: 'dataset-classes-mismatch',
        details: { class: 'c', output: 2, outputs: 2 },
      }),
    )
    expect(() => outputsOf(named(['aardvark', 'dog']), { labels, count: 4 })).toThrow(
      expect.objectContaining({ details: { classes: ['aardvark', 'dog'], output: 0 } }),
    )
  })
})
