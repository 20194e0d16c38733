import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { childEntry, ProcessPool } from '../src/index.ts'
import { withEngineEnvironment } from '../src/ort/runtime.ts'
import type { StrictHandlers } from './fixtures/strict-child.ts'
import { float32, harness, settings } from './models.ts'

const { double, heavy, heavyStep, start } = harness()

/** Whether there is no such process any more. */
function gone(pid: number): boolean {
  try {
    return !process.kill(pid, 0)
  } catch {
    return true
  }
}

/** What a process has open, each with its number (Linux). */
function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(join(folder, fd))}`]
    } catch {
      // Closed since it was listed, as the listing itself is.
      return []
    }
  })
}

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
    const open = openFiles(runtime.status().children[0]!.pid!)
    expect(open.length).toBeGreaterThan(5)
    // Tests that came before in this process may have opened its own, which children inherit under the same number.
    const inherited = openFiles(process.pid)
    const own = open.filter((file) => !inherited.includes(file))
    expect(own.filter((file) => /mat-debug|onnxruntime\.db/.test(file))).toEqual([])
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
