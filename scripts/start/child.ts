import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A service of this repository as a child process, which is started again whenever it ends on its own. */
export interface Service {
  readonly name: string
  /** Resolves with the exit code when the process ends for the first time. */
  readonly ended: Promise<number | null>
  /** Asks the process to end after the work at hand, and waits for it. */
  stop(): Promise<void>
}

/**
 * Options of Node for every service. Tensors pass through its heap as buffers, few of which live on; a heap that begins
 * at its usual small size is searched for them every few requests, which takes more time than all else (docs/performance.md).
 */
export const nodeOptions = ['--initial-heap-size=256'] as const

/** Pauses before a service that has ended is started again, milliseconds. */
const pauses = [200, 1000, 5000, 15_000]

/** A service that ran that long starts again as if for the first time, milliseconds. */
const steadyMs = 60_000

/**
 * A process from the source of this repository. It is the leader of a process group of its own, so that Ctrl+C reaches
 * only the starter, which ends the services in order; a service also ends when the starter is gone (its IPC channel
 * closes).
 */
function spawnProcess(file: string, env: Readonly<Record<string, string>>): ChildProcess {
  const flags = [...nodeOptions, '--import', 'tsx', '--conditions=crp-serve-source']
  return spawn(process.execPath, [...flags, file], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  })
}

/** Starts a service and keeps it running. */
export function startService(name: string, file: string, env: Readonly<Record<string, string>>): Service {
  const stopping = new AbortController()
  let child = spawnProcess(file, env)
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const keepRunning = async () => {
    let failures = 0
    for (let exited: Promise<unknown> = ended; ; exited = once(child, 'exit')) {
      const began = Date.now()
      await exited
      if (stopping.signal.aborted) return
      failures = Date.now() - began > steadyMs ? 0 : failures
      const pause = pauses[Math.min(failures++, pauses.length - 1)]!
      process.stderr.write(`${name} ended; it is started again in ${pause} ms\n`)
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      child = spawnProcess(file, env)
    }
  }
  const kept = keepRunning()
  return {
    name,
    ended,
    async stop() {
      stopping.abort()
      child.kill('SIGTERM')
      await kept
    },
  }
}
