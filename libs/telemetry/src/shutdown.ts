import type { Logger } from './logger.ts'

export interface ShutdownOptions {
  readonly log: Logger
  /** Milliseconds that all closers together may take. */
  readonly graceMs: number
}

export interface Shutdown {
  /** Registers a closer. The last one registered closes first: what was started last depends on what was there before. */
  add(name: string, close: () => unknown): void
  /** Closes everything and ends the process, as SIGTERM and SIGINT do. A second call does nothing more. */
  run(reason: string): Promise<void>
}

interface Closer {
  readonly name: string
  readonly close: () => unknown
}

/**
 * Ends this process in order on SIGTERM, SIGINT, the end of a parent that holds an IPC channel to it, or `run()`,
 * whichever comes first; later signals change nothing (a
 * terminal and npm may both send one). The exit code is 0, or 1 when a closer failed or the grace ran out.
 */
export function createShutdown({ log, graceMs }: ShutdownOptions): Shutdown {
  const closers: Closer[] = []
  let running: Promise<void> | undefined
  const run = (reason: string) => {
    running ??= end(log, graceMs, reason, closers)
    return running
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void run(signal))
  process.on('disconnect', () => void run('the process that started this one is gone'))
  return { add: (name, close) => void closers.push({ name, close }), run }
}

async function end(log: Logger, graceMs: number, reason: string, closers: readonly Closer[]): Promise<void> {
  log.info({ reason }, 'shutting down')
  const timer = setTimeout(() => {
    log.error({ graceMs }, 'the shutdown took too long')
    process.exit(1)
  }, graceMs)
  const clean = await closeAll(log, closers)
  clearTimeout(timer)
  log.info('shut down')
  process.exit(clean ? 0 : 1)
}

/** Tells whether all closers succeeded. One that fails does not keep the others from closing. */
async function closeAll(log: Logger, closers: readonly Closer[]): Promise<boolean> {
  let clean = true
  for (const { name, close } of closers.toReversed()) {
    try {
      await close()
      log.debug({ closer: name }, 'closed')
    } catch (err) {
      clean = false
      log.error({ closer: name, err }, 'could not be closed')
    }
  }
  return clean
}
