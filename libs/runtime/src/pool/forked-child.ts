import { type ChildProcess, fork } from 'node:child_process'
import { errorFromWire, RuntimeError } from '../errors.ts'
import type { ChildEntry } from './child-entry.ts'
import type { Job } from './job.ts'
import type { ChildStatus, FromChild, ToChild } from './protocol.ts'

/** How a child ended. */
export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Whether this process ended it (recycled, killed after a cancelled request, closed). */
  readonly intended: boolean
  /** Why its setup refused to start, if it did. */
  readonly refusal?: RuntimeError
}

/** What the owner of a child is told. */
export interface ChildEvents {
  /** It is ready for its first request. */
  readonly ready: (child: ForkedChild) => void
  /** It answered its request, wanted or not, and is free. */
  readonly free: (child: ForkedChild) => void
  /** It is gone, its request (if any) is rejected. */
  readonly gone: (child: ForkedChild, exit: ChildExit) => void
}

/** Everything that is needed to fork a child. */
export interface ChildSpec {
  readonly entry: ChildEntry
  readonly settings: unknown
  readonly events: ChildEvents
}

type State = 'starting' | 'free' | 'busy' | 'ending' | 'gone'

const alive = new Set<ForkedChild>()
// A child that is still starting would not notice until it has loaded everything.
process.on('exit', () => {
  for (const child of alive) child.kill()
})

/** One forked process with at most one request in flight. It ends with this process. */
export class ForkedChild {
  readonly pid: number | undefined
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>
  status: ChildStatus = { held: [], memoryBytes: 0 }
  readonly #process: ChildProcess
  readonly #events: ChildEvents
  #state: State = 'starting'
  #job: Job | undefined
  #requestId = 0
  #intended = false
  #refusal: RuntimeError | undefined
  #deathTimer: NodeJS.Timeout | undefined
  #end!: () => void

  /** @throws when the operating system starts no process, or `settings` cannot be cloned. */
  constructor(spec: ChildSpec) {
    this.#events = spec.events
    this.ended = new Promise((resolve) => (this.#end = resolve))
    this.#process = fork(spec.entry.path, [], {
      execArgv: [...spec.entry.execArgv],
      env: { ...spec.entry.env, ...process.env },
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.pid = this.#process.pid
    alive.add(this)
    this.#process.on('message', (message: FromChild) => this.#receive(message))
    this.#process.on('exit', (code, signal) => this.#exited(code, signal))
    // Also without a process: the fork itself failed (no memory, too many processes).
    this.#process.on('error', (error) => this.#failed(error))
    this.#send({ kind: 'setup', settings: spec.settings })
  }

  get state(): State {
    return this.#state
  }

  get job(): Job | undefined {
    return this.#job
  }

  /** Gives a free child its next request. */
  assign(job: Job): void {
    this.#state = 'busy'
    this.#job = job
    this.#requestId += 1
    job.start()
    try {
      this.#send({ kind: 'request', id: this.#requestId, method: job.method, input: job.input })
    } catch (error) {
      this.#state = 'free'
      this.#job = undefined
      job.reject(new RuntimeError('engine-error', `The input cannot be sent to a child: ${String(error)}`))
    }
  }

  /** Asks the running handler to stop, and kills the child if it still runs after `graceMs`. */
  cancel(graceMs: number): void {
    if (this.#state !== 'busy') return
    this.#send({ kind: 'cancel', id: this.#requestId })
    this.#killAfter(graceMs)
  }

  /** Ends a child that has nothing to do; killed if it has not ended after `graceMs`. */
  retire(graceMs: number): void {
    if (this.#state === 'gone') return
    this.#state = 'ending'
    this.#intended = true
    if (this.#process.connected) this.#process.disconnect()
    this.#killAfter(graceMs)
  }

  /** Ends the child now, whatever it does. */
  kill(): void {
    if (this.#state === 'gone') return
    this.#state = 'ending'
    this.#intended = true
    this.#process.kill('SIGKILL')
  }

  #killAfter(graceMs: number): void {
    clearTimeout(this.#deathTimer)
    this.#deathTimer = setTimeout(() => this.kill(), graceMs)
  }

  #send(message: ToChild): void {
    if (!this.#process.connected) return
    // A child that dies while the message is on its way reports through 'exit'.
    this.#process.send(message, (error) => void error)
  }

  #receive(message: FromChild): void {
    if (message.kind === 'refused') {
      this.#refusal = errorFromWire(message.error)
      this.kill()
    } else if (message.kind === 'ready') {
      this.status = message.status
      if (this.#state === 'ending') return
      this.#state = 'free'
      this.#events.ready(this)
    } else {
      this.#answered(message)
    }
  }

  #answered(message: Extract<FromChild, { kind: 'answer' }>): void {
    const job = this.#job
    clearTimeout(this.#deathTimer)
    this.#job = undefined
    this.status = message.status
    if ('error' in message.outcome) job?.reject(errorFromWire(message.outcome.error))
    else job?.resolve(message.outcome.value)
    if (this.#state !== 'busy') return
    this.#state = 'free'
    this.#events.free(this)
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    // The last answer may still be in the channel: 'disconnect' comes when the channel has been read to its end.
    if (this.#process.connected) this.#process.once('disconnect', () => this.#gone(code, signal))
    else this.#gone(code, signal)
  }

  #failed(error: Error): void {
    if (this.#process.pid !== undefined) return
    this.#refusal = new RuntimeError('engine-crashed', `No process could be started: ${error.message}`)
    this.#gone(null, null)
  }

  #gone(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    alive.delete(this)
    clearTimeout(this.#deathTimer)
    this.#job?.reject(this.#refusal ?? deathError(code, signal))
    this.#job = undefined
    const refusal = this.#refusal ? { refusal: this.#refusal } : {}
    this.#end()
    this.#events.gone(this, { code, signal, intended: this.#intended && !this.#refusal, ...refusal })
  }
}

/** The error of a request whose child ended: killed from outside, or crashed by itself. */
export function deathError(code: number | null, signal: NodeJS.Signals | null): RuntimeError {
  const details = { exit_code: code, signal }
  if (signal === 'SIGKILL' || signal === 'SIGTERM') {
    return new RuntimeError('engine-killed', `The engine process was killed (${signal}).`, { details })
  }
  const how = signal ? `signal ${signal}` : `exit code ${code}`
  return new RuntimeError('engine-crashed', `The engine process crashed (${how}).`, { details })
}
