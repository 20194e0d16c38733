import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { DEFAULT_SCHEMA, runMigrations } from 'bullmq'
import { lineOf, linesOf, type ServerLine, type SqlRequest, type SqlResult } from './protocol.ts'
import { Turns } from './turns.ts'

/** Where PGlite is served. */
export interface PglitePlace {
  /** Folder of the database; it is made where it is missing. */
  readonly folder: string
  /** Port on 127.0.0.1; 0 takes any free one. */
  readonly port: number
  readonly password: string
}

/** SQL behind the comments in front of it. */
const withoutComments = (text: string): string => text.replace(/^(\s*--[^\n]*(\n|$))+/, '').trimStart()

/** Runs one statement with parameters, or several without. */
async function run(db: PGlite, { text, params }: Omit<SqlRequest, 'id'>): Promise<SqlResult> {
  if (params !== undefined && params.length > 0) {
    const { rows, affectedRows } = await db.query(text, [...params])
    return { rows, rowCount: rows.length || affectedRows || 0 }
  }
  const last = (await db.exec(text)).at(-1)
  return { rows: last?.rows ?? [], rowCount: last?.rows.length || last?.affectedRows || 0 }
}

/** One client connection: a session as far as transactions and LISTEN go. */
class Session {
  readonly #db: PGlite
  readonly #turns: Turns
  readonly #send: (line: ServerLine) => void
  readonly #unlisten: (() => Promise<void>)[] = []
  /** Ends the turn of an open transaction. */
  #endTransaction: (() => void) | undefined

  constructor(db: PGlite, turns: Turns, send: (line: ServerLine) => void) {
    this.#db = db
    this.#turns = turns
    this.#send = send
  }

  async answer({ id, text, params }: SqlRequest): Promise<void> {
    try {
      this.#send({ id, result: await this.#run(text, params) })
    } catch (error) {
      const { message, code, detail } = error as Error & { code?: string; detail?: string }
      this.#send({ id, error: { message, ...(code && { code }), ...(detail && { detail }) } })
    }
  }

  /** Leaves nothing of the connection behind. */
  async end(): Promise<void> {
    if (this.#endTransaction !== undefined) await this.#db.exec('ROLLBACK').finally(this.#endTransaction)
    const endTurn = await this.#turns.take()
    try {
      for (const unlisten of this.#unlisten) await unlisten()
    } finally {
      endTurn()
    }
  }

  async #run(text: string, params: readonly unknown[] | undefined): Promise<SqlResult> {
    const sql = withoutComments(text)
    if (/^UNLISTEN/i.test(sql)) return { rows: [], rowCount: 0 }
    if (/^BEGIN/i.test(sql)) this.#endTransaction ??= await this.#turns.take()
    const endTurn = this.#endTransaction === undefined ? await this.#turns.take() : undefined
    try {
      const channel = /^LISTEN\s+"?([^";\s]+)"?/i.exec(sql)?.[1]
      if (channel !== undefined) return await this.#listen(channel)
      return await run(this.#db, params === undefined ? { text } : { text, params })
    } finally {
      endTurn?.()
      if (/^(COMMIT|ROLLBACK)\b(?!\s+TO)/i.test(sql)) this.#endTransaction?.()
      if (/^(COMMIT|ROLLBACK)\b(?!\s+TO)/i.test(sql)) this.#endTransaction = undefined
    }
  }

  async #listen(channel: string): Promise<SqlResult> {
    const tell = (payload: string) => this.#send({ channel, payload })
    this.#unlisten.push(await this.#db.listen(channel, tell))
    return { rows: [], rowCount: 0 }
  }
}

const isEqual = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** Serves one connection until it closes. Requests of one connection are done one after the other. */
async function serveSocket(socket: Socket, db: PGlite, turns: Turns, password: string): Promise<void> {
  const session = new Session(db, turns, (line) => {
    if (socket.writable) socket.write(lineOf(line))
  })
  let known = false
  try {
    for await (const line of linesOf(socket)) {
      if (!known && !isEqual(line, password)) break
      if (known) await session.answer(JSON.parse(line) as SqlRequest)
      known = true
    }
  } finally {
    await session.end()
    socket.destroy()
  }
}

async function migrate(db: PGlite): Promise<void> {
  const query = async <R>(text: string, params?: readonly unknown[]) => {
    const { rows, rowCount } = await run(db, params === undefined ? { text } : { text, params })
    return { rows: rows as R[], rowCount }
  }
  await runMigrations({ query })
  // One session for all: the names of BullMQ's SQL are found in its schema.
  await db.exec(`SET search_path = ${DEFAULT_SCHEMA}, public`)
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

/**
 * Serves a PGlite database with the schema of BullMQ to the processes of this machine, at
 * `pglite://:PASSWORD@127.0.0.1:PORT`. PGlite has one session, so that statements and transactions of all connections
 * take turns.
 * @returns what ends it
 */
export async function servePglite({ folder, port, password }: PglitePlace): Promise<() => Promise<void>> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 })
  const db = await PGlite.create(folder)
  await migrate(db)
  const turns = new Turns()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true).once('close', () => sockets.delete(socket))
    serveSocket(socket, db, turns, password).catch(() => socket.destroy())
  })
  await listen(server, port)
  return async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await turns.take()
    await db.close()
  }
}
