import { errorToWire, RuntimeError } from '../errors.ts'
import { privateMemory } from './memory.ts'
import type { FromChild, Handler, Handlers, Outcome, ToChild } from './protocol.ts'

/** What a child offers. */
export interface ChildService {
  readonly handlers: Handlers
  /** Affinity keys of what the child keeps in memory now; a request that names them prefers this child. */
  readonly held?: () => readonly string[]
}

/** Builds the service from the pool's `settings`; what it throws refuses the start. */
export type ChildSetup = (settings: never) => ChildService | Promise<ChildService>

/**
 * Turns this process, forked by a `ProcessPool`, into one of its children: call it once in the entry module. The child
 * answers one request at a time, ends when its parent is gone, and leaves SIGINT and SIGTERM (which a terminal
 * sends to the whole process group) to the parent, which still has answers to wait for.
 */
export function serveChild(service: ChildService | ChildSetup): void {
  if (!process.send) throw new Error('serveChild: this module must be forked by a ProcessPool.')
  process.on('disconnect', () => process.exit(0))
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  const running = new Map<number, AbortController>()
  let ready: Promise<ChildService>
  process.on('message', (message: ToChild) => {
    if (message.kind === 'setup') {
      ready = setUp(service, message.settings)
    } else if (message.kind === 'cancel') {
      running.get(message.id)?.abort()
    } else {
      const controller = new AbortController()
      running.set(message.id, controller)
      void ready
        .then((made) => answer(made, message, controller.signal))
        .finally(() => running.delete(message.id))
    }
  })
}

async function setUp(service: ChildService | ChildSetup, settings: unknown): Promise<ChildService> {
  try {
    const made = typeof service === 'function' ? await service(settings as never) : service
    send({ kind: 'ready', status: statusOf(made) })
    return made
  } catch (error) {
    // The parent ends this process; until then nothing may be served.
    send({ kind: 'refused', error: errorToWire(error) })
    return { handlers: {} }
  }
}

async function answer(
  service: ChildService,
  request: { readonly id: number; readonly method: string; readonly input: unknown },
  signal: AbortSignal,
): Promise<void> {
  const outcome = await outcomeOf(service.handlers, request.method, request.input, signal)
  const message = { kind: 'answer', id: request.id, status: statusOf(service) } as const
  try {
    send({ ...message, outcome })
  } catch (error) {
    // The result (or an error's details) holds something that structured cloning refuses, such as a function.
    send({ ...message, outcome: { error: { code: 'engine-error', message: String(error) } } })
  }
}

async function outcomeOf(
  handlers: Handlers,
  method: string,
  input: unknown,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return { value: await handlerOf(handlers, method)(input as never, { signal }) }
  } catch (error) {
    return { error: errorToWire(error) }
  }
}

function handlerOf(handlers: Handlers, method: string): Handler {
  const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined
  if (handler) return handler
  const known = Object.keys(handlers)
  throw new RuntimeError('unknown-method', `The child has no handler ${method}; it has ${known.join(', ')}.`)
}

function statusOf(service: ChildService) {
  return { held: service.held?.() ?? [], memoryBytes: privateMemory() }
}

function send(message: FromChild): void {
  // A parent that has gone away needs no answer; 'disconnect' ends this process.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}
