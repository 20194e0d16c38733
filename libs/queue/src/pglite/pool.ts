import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PgPool, PgPoolClient, PgQueryResult } from 'bullmq'
import { lineOf, linesOf, type ServerLine } from './protocol.ts'

interface Waiting {
  readonly resolve: (result: PgQueryResult) => void
  readonly reject: (error: Error) => void
}

/** The error of a lost connection. BullMQ knows it by this message, and tries again what it was about. */
const closed = (cause?: unknown): Error => new Error('Connection is closed.', { cause })

/** A connection to a served PGlite, with what BullMQ uses of a client of the `pg` package. */
class PgliteClient extends EventEmitter {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #next = 0

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    this.setMaxListeners(0)
    this.#read().catch((error: unknown) => this.#lose(closed(error)))
  }

  query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      if (!this.#socket.writable) return reject(closed())
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
      this.#socket.write(lineOf({ id, text, params }))
    })
  }

  /** PGlite's connections are not worth keeping. */
  release(): void {
    this.#socket.destroy()
  }

  async #read(): Promise<void> {
    for await (const line of linesOf(this.#socket)) this.#take(JSON.parse(line) as ServerLine)
    throw closed()
  }

  #take(line: ServerLine): void {
    if ('channel' in line) {
      this.emit('notification', line)
      return
    }
    const waiting = this.#waiting.get(line.id)
    this.#waiting.delete(line.id)
    if ('result' in line) waiting?.resolve(line.result as PgQueryResult)
    else waiting?.reject(Object.assign(new Error(line.error.message), line.error))
  }

  #lose(error: Error): void {
    this.#socket.destroy()
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
    this.emit('lost')
    if (this.listenerCount('error') > 0) this.emit('error', error)
  }
}

/** How long a server that is away is waited for, and the pause between two attempts, milliseconds. */
const PATIENCE_MS = 10_000
const PAUSE_MS = 100

/** A pool of connections to a served PGlite (serve.ts), with what BullMQ uses of a pool of the `pg` package. */
export class PglitePool extends EventEmitter implements PgPool {
  readonly options = { keepAlive: true }
  readonly #url: URL
  readonly #sockets = new Set<Socket>()
  /** The connection of all statements outside of transactions. */
  #shared: Promise<PgliteClient> | undefined
  #ended = false

  constructor(url: string) {
    super()
    this.#url = new URL(url)
    this.setMaxListeners(0)
  }

  async query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    this.#shared ??= this.#share()
    return (await this.#shared).query<R>(text, params)
  }

  async connect(): Promise<PgPoolClient> {
    return (await this.#open()) as unknown as PgPoolClient
  }

  async end(): Promise<void> {
    this.#ended = true
    for (const socket of this.#sockets) socket.destroy()
  }

  #share(): Promise<PgliteClient> {
    const shared = this.#open()
    const forget = () => {
      if (this.#shared === shared) this.#shared = undefined
    }
    shared.then((client) => client.once('lost', forget), forget)
    return shared
  }

  /** A connection. A server that is just being started again is waited for; nothing was sent to it yet. */
  async #open(): Promise<PgliteClient> {
    for (const limit = Date.now() + PATIENCE_MS; ; await sleep(PAUSE_MS)) {
      if (this.#ended) throw closed()
      try {
        return await this.#connect()
      } catch (error) {
        if (Date.now() > limit) throw closed(error)
      }
    }
  }

  async #connect(): Promise<PgliteClient> {
    const socket = connect(Number(this.#url.port), this.#url.hostname).setNoDelay(true).setKeepAlive(true)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    await once(socket, 'connect')
    socket.write(`${decodeURIComponent(this.#url.password)}\n`)
    return new PgliteClient(socket)
  }
}
