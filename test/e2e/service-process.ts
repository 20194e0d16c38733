import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Descendant, descendants, groupOf, stillRunning } from './process-table.ts'

/** Root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Longest that a process may take to end after SIGTERM: more than the services' own grace of 30 s. */
const endLimitMs = 40_000

/** Longest that children may outlive the process that has ended. */
const childLimitMs = 5_000

/** How a process has ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process of the product, as its users start it. */
export interface ServiceProcess {
  readonly name: string
  readonly pid: number
  readonly ended: Promise<Exit>
  /** Everything that it has written so far, on both streams. */
  output(): string
  /** The processes below it that run now. */
  descendants(): Descendant[]
  kill(signal: NodeJS.Signals): void
  /**
   * Ends it with SIGTERM and waits for it.
   * @throws Error where the exit code is not 0, or a process that it has started outlives it
   */
  stop(): Promise<void>
  /** Ends it as Ctrl+C in a terminal does, with SIGINT to all processes of the foreground. @throws as `stop` */
  interrupt(): Promise<void>
}

/**
 * Starts a program of the repository. The channel between the processes makes a service end with the test run, should that be killed.
 * @param env variables over those of this process
 * @param cwd where it runs
 */
export function startProcess(
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string = root,
): ServiceProcess {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  // Not 'close': a process that is left behind holds the streams open, and that is for the tests to find.
  const ended: Promise<Exit> = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const pid = child.pid
  if (pid === undefined) throw new Error(`${name} could not be started`)
  const service: ServiceProcess = {
    name,
    pid,
    ended,
    output: () => output,
    descendants: () => descendants(pid),
    kill: (signal) => void child.kill(signal),
    stop: () => stop(service, () => service.kill('SIGTERM')),
    interrupt: () => stop(service, () => interrupt(service)),
  }
  return service
}

/** Starts one service as images do: compiled, which takes a third of the time that its source takes. */
export const startService = (
  name: 'gateway' | 'attribution' | 'feature-visualization',
  env: Readonly<Record<string, string>>,
): ServiceProcess => startProcess(name, process.execPath, [`services/${name}/dist/server.js`], env)

/** SIGINT to a process and to those below it that share its terminal. */
function interrupt(service: ServiceProcess): void {
  const own = groupOf(service.pid)
  const foreground = service.descendants().filter(({ group }) => group === own)
  for (const { pid } of [service, ...foreground]) process.kill(pid, 'SIGINT')
}

async function stop(service: ServiceProcess, tell: () => void): Promise<void> {
  const below = service.descendants()
  tell()
  const late = setTimeout(() => service.kill('SIGKILL'), endLimitMs)
  const { code, signal } = await service.ended
  clearTimeout(late)
  await gone(below)
  if (code === 0) return
  throw new Error(`${service.name} ended with code ${code}, signal ${signal}:\n${service.output()}`)
}

/** Waits until processes are gone. @throws Error that names those that are not; they are killed then */
export async function gone(processes: readonly Descendant[]): Promise<void> {
  const limit = Date.now() + childLimitMs
  let left = stillRunning(processes)
  while (left.length > 0 && Date.now() < limit) {
    await sleep(50)
    left = stillRunning(left)
  }
  if (left.length === 0) return
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
  const names = left.map(({ pid, command }) => `${pid} ${command}`)
  throw new Error(`processes were left behind:\n${names.join('\n')}`)
}

/** Waits until something holds; rejects when one of the processes ends before. */
export async function waitFor(
  what: string,
  holds: () => Promise<boolean>,
  processes: readonly ServiceProcess[] = [],
  limitMs = 110_000,
): Promise<void> {
  const stopped = new AbortController()
  const polling = async () => {
    const limit = Date.now() + limitMs
    while (!stopped.signal.aborted && !(await holds())) {
      if (Date.now() > limit) throw new Error(`${what}: not within ${limitMs} ms`)
      await sleep(25)
    }
  }
  const ends = processes.map(async (service) => {
    const { code } = await service.ended
    throw new Error(`${what}: ${service.name} ended with code ${code}:\n${service.output()}`)
  })
  try {
    await Promise.race([polling(), ...ends])
  } finally {
    stopped.abort()
  }
}
