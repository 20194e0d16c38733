import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isListening } from '../../scripts/start/listening.ts'
import { embeddedQueue } from '../../scripts/start/queue.ts'
import { freePort } from './infra.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** PGlite in a process of its own. */
export interface Pglite {
  readonly url: string
  /** Kills it, and starts it with what it has on disk. */
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`PGlite ended with code ${child.exitCode}`)
    await sleep(25)
  }
}

/** PGlite with a database of its own, served by the program that `npm start` serves it with. */
export async function startPglite(): Promise<Pglite> {
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'crp-pglite-'))]
  const { url, env } = embeddedQueue(folder, port, 'PGlite')
  const start = async () => {
    const flags = ['--import', 'tsx', '--conditions=crp-serve-source']
    const child = spawn(process.execPath, [...flags, 'scripts/start/queue-server.ts'], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    await listening(port, child)
    return child
  }
  let child = await start()
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(child, 'exit')
    child.kill(signal)
    return await ended
  }
  return {
    url,
    async restart() {
      await end('SIGKILL')
      child = await start()
    },
    async stop() {
      const [code] = await end('SIGTERM')
      await rm(folder, { recursive: true, force: true })
      if (code !== 0) throw new Error(`PGlite ended with code ${code}`)
    },
  }
}
