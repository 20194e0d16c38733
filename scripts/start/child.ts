import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A service of this repository as a child process. */
export interface Service {
  readonly name: string
  /** Resolves with the exit code once the process has ended. */
  readonly ended: Promise<number | null>
  /** Asks the process to end after the requests at hand, and waits for it. */
  stop(): Promise<void>
}

/**
 * Starts a service from its source. It is the leader of a process group of its own, so that Ctrl+C reaches only the
 * starter, which ends the services in order; a service also ends when the starter is gone (its IPC channel closes).
 */
export function startService(name: string, env: Readonly<Record<string, string>>): Service {
  const flags = ['--import', 'tsx', '--conditions=crp-serve-source']
  const child: ChildProcess = spawn(process.execPath, [...flags, `services/${name}/src/server.ts`], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return {
    name,
    ended,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
