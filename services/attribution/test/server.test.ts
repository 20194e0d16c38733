import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'

const entry = fileURLToPath(new URL('../dist/server.js', import.meta.url))
const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/** The worker as a process of its own, with what it has written so far. */
async function startWorker(env: Record<string, string>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'crp-server-'))
  folders.push(dataDir)
  const port = await freePort()
  const child = spawn(process.execPath, [entry], {
    env: { ...process.env, DATA_DIR: dataDir, ATTRIBUTION_PORT: String(port), ENGINE_THREADS: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(text))
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return { child, ended, log: () => lines.join(''), origin: `http://127.0.0.1:${port}` }
}

async function ready(origin: string): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    const answer = await fetch(`${origin}/readyz`).catch(() => null)
    if (answer?.ok) return
    await sleep(50)
  }
  throw new Error(`${origin} did not become ready`)
}

/** Four processes start, on whatever cores there are. */
const timeout = 120_000

describe('the worker as a process', { timeout }, () => {
  it('becomes ready, and ends cleanly on SIGTERM with its children', async () => {
    const { child, ended, log, origin } = await startWorker({})
    await ready(origin)
    const pids = [...log().matchAll(/"child-ready","pid":(\d+)/g)].map(([, pid]) => Number(pid))
    expect(pids).toHaveLength(3)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow()
  })

  it('does not start where the execution provider is not usable', async () => {
    const { ended, log } = await startWorker({ EXECUTION_PROVIDER: 'cuda' })
    expect(await ended).toBe(1)
    expect(log()).toContain('execution-provider-unavailable')
  })
})
