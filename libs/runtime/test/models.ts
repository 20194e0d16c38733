import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach } from 'vitest'
import { type Runtime, type RuntimeOptions, startRuntime, type Tensor } from '../src/index.ts'
import { onnxBytes, type TinyModel } from './tiny-onnx.ts'

export const settings = { executionProvider: 'cpu', threads: 2, memoryBytes: 1e9 } as const

export const float32 = (dims: number[], data: ArrayLike<number>): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(data),
})

/** Pseudo-random numbers in -1..1. */
export function noise(length: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  })
}
/** The only input or output of a model. */
export const x = (dims: readonly (number | string)[]) => [{ name: 'x', dims }]
export const y = (dims: readonly (number | string)[]) => [{ name: 'y', dims }]

/** What the tests of one file share: runtimes that are closed after each of them, models that are gone after the last. */
export function harness() {
  const folder = mkdtempSync(join(tmpdir(), 'runtime-test-'))
  const runtimes: Runtime[] = []
  afterEach(async () => {
    for (const runtime of runtimes.splice(0)) await runtime.close()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function start(options: Partial<RuntimeOptions> = {}): Promise<Runtime> {
    const runtime = await startRuntime({ processes: 1, memoryLimitBytes: 4e9, ...settings, ...options })
    runtimes.push(runtime)
    return runtime
  }

  /** Writes a model and returns its path. */
  function save(name: string, model: TinyModel): string {
    const path = join(folder, `${name}.onnx`)
    writeFileSync(path, onnxBytes(model))
    return path
  }

  return { folder, start, save, ...modelsOf(save) }
}

/** The models that several files use. */
function modelsOf(save: (name: string, model: TinyModel) => string) {
  /** y = x + x */
  const double = save('double', {
    inputs: x(['n']),
    outputs: y(['n']),
    nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
  })
  /** y = x * w, s = x + w */
  const pair = save('pair', {
    inputs: [...x(['n']), { name: 'w', dims: ['n'] }],
    outputs: [...y(['n']), { name: 's', dims: ['n'] }],
    nodes: [
      { op: 'Mul', inputs: ['x', 'w'], outputs: ['y'] },
      { op: 'Add', inputs: ['x', 'w'], outputs: ['s'] },
    ],
  })
  /** Forty products of 1024 x 1024 matrices, made from one number: long to run, nothing to send. */
  const heavy = save('heavy', {
    inputs: x([1]),
    outputs: y([1024, 1024]),
    constants: { shape: { dims: [2], data: BigInt64Array.of(1024n, 1024n) } },
    nodes: [
      { op: 'Expand', inputs: ['x', 'shape'], outputs: ['h0'] },
      ...Array.from({ length: 40 }, (_, i) => ({
        op: 'MatMul',
        inputs: [`h${i}`, `h${i}`],
        outputs: [i === 39 ? 'y' : `h${i + 1}`],
      })),
    ],
  })
  const heavyStep = { model: heavy, feeds: { x: float32([1], [0]) }, fetch: [], keep: { y: 'done' } }
  return { double, pair, heavy, heavyStep }
}
