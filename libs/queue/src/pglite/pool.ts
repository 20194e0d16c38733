import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { PgPool, PgPoolClient, PgQueryResult } from 'bullmq'
import { lineOf, linesOf, type ServerLine } from './protocol.ts'

interface Waiting {
  readonly resolve: (result: PgQueryResult) => void
  readonly reject: (error: Error) => void
}

/** A connection to a served PGlite, with what BullMQ uses of a client of the `pg` package. */
class PgliteClient extends EventEmitter {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #next = 0

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    this.setMaxListeners(0)
    this.#read().catch((error: Error) => this.#lose(error))
  }

  query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      if (!this.#socket.writable) return reject(new Error('the connection to PGlite is closed'))
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
    throw new Error('the connection to PGlite was lost')
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
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
    if (this.listenerCount('error') > 0) this.emit('error', error)
  }
}

/** A pool of connections to a served PGlite (serve.ts), with what BullMQ uses of a pool of the `pg` package. */
export class PglitePool extends EventEmitter implements PgPool {
  readonly options = { keepAlive: true }
  readonly #url: URL
  readonly #sockets = new Set<Socket>()
  /** The connection of all statements outside of transactions. */
  #shared: Promise<PgliteClient> | undefined

  constructor(url: string) {
    super()
    this.#url = new URL(url)
    this.setMaxListeners(0)
  }

  async query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    this.#shared ??= this.#open(() => {
      this.#shared = undefined
    })
    return (await this.#shared).query<R>(text, params)
  }

  async connect(): Promise<PgPoolClient> {
    return (await this.#open(() => undefined)) as unknown as PgPoolClient
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #open(onClose: () => void): Promise<PgliteClient> {
    const socket = connect(Number(this.#url.port), this.#url.hostname).setNoDelay(true).setKeepAlive(true)
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      onClose()
    })
    await once(socket, 'connect')
    socket.write(`${decodeURIComponent(this.#url.password)}\n`)
    return new PgliteClient(socket)
  }
}
