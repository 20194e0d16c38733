import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import {
  childEntry,
  ProcessPool,
  type Runtime,
  type RuntimeOptions,
  startRuntime,
  type Tensor,
} from '../src/index.ts'
import { withEngineEnvironment } from '../src/ort/runtime.ts'
import type { StrictHandlers } from './fixtures/strict-child.ts'
import { onnxBytes, type TinyModel } from './tiny-onnx.ts'

const folder = mkdtempSync(join(tmpdir(), 'runtime-test-'))
const runtimes: Runtime[] = []
const settings = { executionProvider: 'cpu', threads: 2, memoryBytes: 1e9 } as const

async function start(options: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  const runtime = await startRuntime({ processes: 1, memoryLimitBytes: 4e9, ...settings, ...options })
  runtimes.push(runtime)
  return runtime
}

afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

function save(name: string, model: TinyModel): string {
  const path = join(folder, `${name}.onnx`)
  writeFileSync(path, onnxBytes(model))
  return path
}

/** Whether there is no such process any more. */
function gone(pid: number): boolean {
  try {
    return !process.kill(pid, 0)
  } catch {
    return true
  }
}

const float32 = (dims: number[], data: ArrayLike<number>): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(data),
})
/** Pseudo-random numbers in -1..1. */
function noise(length: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  })
}
const x = (dims: readonly (number | string)[]) => [{ name: 'x', dims }]
const y = (dims: readonly (number | string)[]) => [{ name: 'y', dims }]

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

describe('programs', () => {
  it('runs steps in order, hands kept outputs on, returns only what is fetched', async () => {
    const runtime = await start()
    const result = await runtime.execute([
      { model: double, feeds: { x: float32([3], [1, 2, 3]) }, fetch: [], keep: { y: 'twice' } },
      {
        model: pair,
        feeds: { x: { slot: 'twice' }, w: float32([3], [10, 20, 30]) },
        fetch: ['s'],
        keep: { y: 'twice' },
      },
      { model: double, feeds: { x: { slot: 'twice' } }, fetch: ['y'] },
    ])
    expect(result.outputs).toEqual([
      {},
      { s: float32([3], [12, 24, 36]) },
      { y: float32([3], [40, 160, 360]) },
    ])
    expect(result.computeMs).toBeGreaterThan(0)
    expect(result.loadMs).toBeGreaterThan(0)
    expect(result.queueMs).toBeGreaterThanOrEqual(0)
    expect((await runtime.execute([])).outputs).toEqual([])
  })

  it.each([
    ['int64', 7, BigInt64Array.of(2n ** 60n, -1n)],
    ['int32', 6, Int32Array.of(2 ** 30, -1)],
    ['uint8', 2, Uint8Array.of(0, 255)],
    ['bool', 9, Uint8Array.of(1, 0)],
    ['float64', 11, Float64Array.of(Math.PI, -0)],
  ] as const)('carries %s', async (type, number, data) => {
    const values = {
      inputs: [{ name: 'x', dims: ['n'], type: number }],
      outputs: [{ name: 'y', dims: ['n'], type: number }],
    }
    const model = save(type, { ...values, nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }] })
    const runtime = await start()
    const tensor: Tensor = { type, dims: [2], data }
    const { outputs } = await runtime.execute([{ model, feeds: { x: tensor }, fetch: ['y'] }])
    expect(outputs).toEqual([{ y: tensor }])
  })

  it('describes a model', async () => {
    const runtime = await start()
    expect(await runtime.describe(heavy)).toEqual({
      inputs: [{ name: 'x', type: 'float32', dims: [1] }],
      outputs: [{ name: 'y', type: 'float32', dims: [1024, 1024] }],
    })
    expect((await runtime.describe(double)).inputs).toEqual([{ name: 'x', type: 'float32', dims: ['n'] }])
  })
})

describe('errors', () => {
  it('names what is wrong, and the child lives on', async () => {
    const runtime = await start()
    const pid = runtime.status().children[0]!.pid
    const one = float32([1], [1])
    const broken = join(folder, 'broken.onnx')
    writeFileSync(broken, 'not a model')
    const fixed = save('fixed', {
      inputs: x([2]),
      outputs: y([2]),
      nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
    })
    const strange = save('strange', {
      inputs: x([2]),
      outputs: y([2]),
      nodes: [{ op: 'Nonsense', inputs: ['x'], outputs: ['y'] }],
    })
    const run = (model: string, feeds: Record<string, Tensor | { slot: string }>, fetch = ['y'], keep = {}) =>
      expect(runtime.execute([{ model, feeds, fetch, keep }])).rejects
    await run(pair, { x: one, v: one }).toMatchObject({
      code: 'feed-mismatch',
      message: 'The model takes x, w; it was fed without w and with the unknown v.',
      details: { model: pair, missing: ['w'], unknown: ['v'] },
    })
    await run(double, { x: { ...one, dims: [5] } }).toMatchObject({ code: 'feed-mismatch' })
    await run(double, { x: { slot: 'none' } }).toMatchObject({
      code: 'unknown-slot',
      details: { slot: 'none' },
    })
    await run(double, { x: one }, ['z']).toMatchObject({
      code: 'unknown-output',
      details: { unknown: ['z'] },
    })
    await run(double, { x: one }, [], { z: 'slot' }).toMatchObject({ code: 'unknown-output' })
    await run(fixed, { x: one }).toMatchObject({
      code: 'run-failed',
      message: expect.stringContaining('Got: 1 Expected: 2'),
    })
    await run(double, { x: { type: 'int32', dims: [1], data: Int32Array.of(1) } }).toMatchObject({
      code: 'run-failed',
    })
    await run(broken, {}).toMatchObject({ code: 'model-load-failed', details: { model: broken } })
    await run(strange, {}).toMatchObject({
      code: 'model-load-failed',
      message: expect.stringContaining('Nonsense'),
    })
    await run(join(folder, 'absent.onnx'), {}).toMatchObject({ code: 'model-load-failed' })
    await run('double.onnx', {}).toMatchObject({
      code: 'model-load-failed',
      message: expect.stringContaining('absolute'),
    })
    expect(runtime.status().children[0]!.pid).toBe(pid)
  })
})

describe('children', () => {
  it('SIGKILL during a run fails just that program', async () => {
    const runtime = await start()
    const pid = runtime.status().children[0]!.pid!
    const killed = runtime.execute(Array(100).fill(heavyStep))
    const waiting = runtime.execute([{ model: double, feeds: { x: float32([1], [4]) }, fetch: ['y'] }])
    setTimeout(() => process.kill(pid, 'SIGKILL'), 300)
    await expect(killed).rejects.toMatchObject({ code: 'engine-killed' })
    expect((await waiting).outputs).toEqual([{ y: float32([1], [8]) }])
    expect(runtime.status().children[0]!.pid).not.toBe(pid)
  })

  it('a cancelled program stops before its next step, in the same child', async () => {
    const runtime = await start({ cancelGraceMs: 60_000 })
    const { computeMs } = await runtime.execute([heavyStep])
    const pid = runtime.status().children[0]!.pid
    const begin = performance.now()
    const program = runtime.execute(Array(100).fill(heavyStep), {
      signal: AbortSignal.timeout(Math.round(computeMs / 2)),
    })
    await expect(program).rejects.toMatchObject({ code: 'cancelled' })
    await runtime.describe(double)
    expect(runtime.status().children[0]!.pid).toBe(pid)
    expect(performance.now() - begin).toBeLessThan(20 * computeMs)
  })

  it('leaves the event loop of the parent free', async () => {
    const runtime = await start({ threads: 1 })
    await runtime.describe(heavy)
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const { computeMs } = await runtime.execute([heavyStep, heavyStep])
    delay.disable()
    expect(computeMs).toBeGreaterThan(400)
    expect(delay.max / 1e6).toBeLessThan(computeMs / 2)
  })

  it.runIf(process.platform === 'linux')('open no telemetry of ONNX Runtime', async () => {
    const runtime = await start()
    await runtime.execute([{ model: double, feeds: { x: float32([1], [1]) }, fetch: ['y'] }])
    const folder = `/proc/${runtime.status().children[0]!.pid}/fd`
    const open = readdirSync(folder).map((fd) => readlinkSync(join(folder, fd)))
    expect(open.length).toBeGreaterThan(5)
    expect(open.filter((path) => /mat-debug|onnxruntime\.db/.test(path))).toEqual([])
  })

  it('are gone with a parent that exits while they start', async () => {
    const { path, execArgv } = childEntry('./fixtures/leaving-parent', import.meta.url)
    const parent = spawn(process.execPath, [...execArgv, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(parent, 'exit')
    const [line] = await once(parent.stdout, 'data')
    await exited
    const pid = Number(line)
    for (let i = 0; i < 100 && !gone(pid); i++) await sleep(20)
    expect(gone(pid)).toBe(true)
  })

  it('are gone after their parent was killed', async () => {
    const { path, execArgv } = childEntry('./fixtures/parent', import.meta.url)
    const parent = spawn(process.execPath, [...execArgv, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(parent.stdout, 'data')
    const pids: number[] = JSON.parse(String(line))
    expect(pids.length).toBe(2)
    expect(pids.map((pid) => process.kill(pid, 0))).toEqual([true, true])
    parent.kill('SIGKILL')
    for (let i = 0; i < 500 && !pids.every(gone); i++) await sleep(20)
    expect(pids.every(gone)).toBe(true)
  })
})

describe('sessions', () => {
  const step = (model: string) => ({ model, feeds: { x: float32([1], [1]) }, fetch: ['y'] })

  it('are evicted under a tiny budget, between the steps of a program too', async () => {
    const runtime = await start({ memoryBytes: 1 })
    const { outputs } = await runtime.execute([
      { ...step(double), keep: { y: 'kept' } },
      { model: pair, feeds: { x: { slot: 'kept' }, w: { slot: 'kept' } }, fetch: ['y'], keep: { s: 'sum' } },
      { model: double, feeds: { x: { slot: 'sum' } }, fetch: ['y'] },
    ])
    expect(outputs.map((output) => output['y']!.data[0])).toEqual([2, 4, 8])
    expect(runtime.status().children[0]!.held).toEqual([double])
  })

  it('that are least recently used go first', async () => {
    const count = 1 << 22
    const models = Array.from({ length: 6 }, (_, i) =>
      save(`large${i}`, {
        inputs: x([1]),
        outputs: y([count]),
        constants: { w: { dims: [count], data: noise(count, i + 1) } },
        nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
      }),
    )
    const runtime = await start({ memoryBytes: 80e6 })
    for (const model of models) {
      await runtime.describe(model)
      await runtime.describe(models[0]!)
    }
    const held = runtime.status().children[0]!.held
    expect(held).toContain(models[0])
    expect(held).toContain(models[5])
    expect(held).not.toContain(models[1])
  })

  it('of a path prefix are released in every child', async () => {
    const runtime = await start({ processes: 2 })
    await Promise.all([runtime.execute([heavyStep]), runtime.execute([step(double)])])
    await runtime.describe(pair)
    await runtime.evict(join(folder, 'heavy'))
    expect(
      runtime
        .status()
        .children.flatMap(({ held }) => held)
        .toSorted(),
    ).toEqual([double, pair])
    await runtime.evict(folder)
    expect(runtime.status().children.map(({ held }) => held)).toEqual([[], []])
  })

  it('map external weights instead of copying them', async () => {
    const size = 4096
    writeFileSync(join(folder, 'weights.bin'), noise(size * size, 1))
    const model = save('external', {
      inputs: x(['n', size]),
      outputs: y(['n', size]),
      constants: { w: { dims: [size, size], data: 'weights.bin' } },
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
    })
    const runtime = await start()
    await runtime.execute([step(double)])
    const before = runtime.status().children[0]!.memoryBytes
    const { outputs } = await runtime.execute([
      { model, feeds: { x: float32([2, size], noise(2 * size, 3)) }, fetch: ['y'] },
    ])
    expect(outputs[0]!['y']!.data.length).toBe(2 * size)
    expect(runtime.status().children[0]!.memoryBytes - before).toBeLessThan((size * size * 4) / 4)
  })
})

describe('results and the batch', () => {
  /** Largest distance of the first rows of `a` and `b`, relative to the largest value. */
  function distance(a: Tensor, b: Tensor, length: number): number {
    const [p, q] = [a.data as Float32Array, b.data as Float32Array]
    let [far, largest] = [0, 0]
    for (let i = 0; i < length; i++) {
      far = Math.max(far, Math.abs(p[i]! - q[i]!))
      largest = Math.max(largest, Math.abs(p[i]!))
    }
    return far / largest
  }

  async function batches(runtime: Runtime, model: string, row: number[], sizes: number[]): Promise<Tensor[]> {
    const length = row.reduce((a, b) => a * b, 1)
    const steps = sizes.map((n) => ({
      model,
      feeds: { x: float32([n, ...row], noise(n * length, 2)) },
      fetch: ['y'],
    }))
    return (await runtime.execute(steps)).outputs.map((output) => output['y']!)
  }

  it('a convolution is bit-equal in every batch', async () => {
    const model = save('conv', {
      inputs: x(['n', 16, 33, 33]),
      outputs: y(['n', 24, 33, 33]),
      constants: { w: { dims: [24, 16, 3, 3], data: noise(24 * 16 * 9, 5) } },
      nodes: [{ op: 'Conv', inputs: ['x', 'w'], outputs: ['y'], ints: { pads: [1, 1, 1, 1] } }],
    })
    const [single, ...rest] = await batches(await start(), model, [16, 33, 33], [1, 2, 3, 8])
    for (const batch of rest) expect(distance(single!, batch, single!.data.length)).toBe(0)
  })

  it.each(['Gemm', 'MatMul'])(
    'a %s is bit-equal from two rows on; one row alone differs by rounding',
    async (op) => {
      const model = save(op, {
        inputs: x(['n', 2048]),
        outputs: y(['n', 1000]),
        constants: { w: { dims: [2048, 1000], data: noise(2048 * 1000, 7) } },
        nodes: [{ op, inputs: ['x', 'w'], outputs: ['y'] }],
      })
      const [single, two, ...rest] = await batches(await start(), model, [2048], [1, 2, 3, 8, 33])
      for (const batch of rest) expect(distance(two!, batch, 2000)).toBe(0)
      expect(distance(single!, two!, 1000)).toBeLessThan(1e-5)
    },
  )
})

describe('the execution provider', () => {
  it('cuda is refused at the start where it is not usable, never replaced by the CPU', async () => {
    await expect(start({ executionProvider: 'cuda' })).rejects.toMatchObject({
      code: 'execution-provider-unavailable',
      message: expect.stringContaining('cuda'),
      details: { provider: 'cuda' },
    })
  })

  it('a node that would fall back to the CPU is found out', async () => {
    const entry = withEngineEnvironment(childEntry('./fixtures/strict-child', import.meta.url))
    const pool = await ProcessPool.start<StrictHandlers>({ entry, size: 1 })
    await expect(pool.request('load', settings)).rejects.toThrow(/fallback to CPU EP/)
    await pool.close()
  })
})
