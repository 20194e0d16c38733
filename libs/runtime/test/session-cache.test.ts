import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { execute } from '../src/ort/execute.ts'
import type { Step } from '../src/ort/program.ts'
import { SessionCache } from '../src/ort/session-cache.ts'
import { onnxBytes } from './tiny-onnx.ts'

const folder = mkdtempSync(join(tmpdir(), 'session-cache-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A model that adds its input to itself, under a name of its own. */
function save(name: string): string {
  const path = join(folder, `${name}.onnx`)
  const [x, y] = ['x', 'y'].map((tensor) => [{ name: tensor, dims: [1] }])
  const nodes = [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }]
  writeFileSync(path, onnxBytes({ inputs: x!, outputs: y!, nodes }))
  return path
}

const one = { type: 'float32', dims: [1], data: Float32Array.of(1) } as const
const [first, second] = [save('first'), save('second')]
const program: Step[] = [
  { model: first, feeds: { x: one }, fetch: [], keep: { y: 'kept' } },
  { model: second, feeds: { x: { slot: 'kept' } }, fetch: ['y'] },
]

const create = vi.spyOn(InferenceSession, 'create')
afterEach(() => create.mockClear())

const cacheOf = (memoryBytes: number) =>
  new SessionCache({ executionProvider: 'cpu', threads: 1, memoryBytes })
const loaded = () => create.mock.calls.map(([path]) => path)

describe('the sessions of a program', () => {
  const { signal } = new AbortController()

  it('are loaded before the first of them runs, and stay', async () => {
    const prototype = Object.getPrototypeOf(await cacheOf(1e9).get(first)) as InferenceSession
    const run = vi.spyOn(prototype, 'run')
    create.mockClear()
    const cache = cacheOf(1e9)
    await execute(cache, program, signal)
    expect(loaded()).toEqual([first, second])
    expect(run).toHaveBeenCalledTimes(2)
    expect(Math.max(...create.mock.invocationCallOrder)).toBeLessThan(
      Math.min(...run.mock.invocationCallOrder),
    )
    await execute(cache, program, signal)
    expect(loaded()).toEqual([first, second])
  })

  it('are loaded one at a time, once each, where they are known not to fit together', async () => {
    const cache = cacheOf(1)
    await execute(cache, program, signal)
    create.mockClear()
    await execute(cache, program, signal)
    expect(loaded()).toEqual([first, second])
  })

  it('are not loaded for a request that has been given up', async () => {
    const given = execute(cacheOf(1e9), program, AbortSignal.abort())
    await expect(given).rejects.toMatchObject({ code: 'cancelled' })
    expect(loaded()).toEqual([])
  })
})
