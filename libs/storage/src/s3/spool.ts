import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ObjectBody } from '../object-store.ts'

/** Bytes that are kept in memory; what is longer goes to a file. */
const memoryBytes = 8 * 2 ** 20

/** A body of known length that can be sent several times. */
export interface Spooled {
  readonly size: number
  /** The bytes from their beginning. */
  open(): Uint8Array | Readable
  /** Removes what was written. */
  discard(): Promise<void>
}

const inMemory = (bytes: Uint8Array): Spooled => ({
  size: bytes.length,
  open: () => bytes,
  discard: async () => undefined,
})

async function append(file: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0
  for await (const chunk of chunks) {
    await file.appendFile(chunk)
    size += chunk.length
  }
  return size
}

async function inFile(head: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): Promise<Spooled> {
  const path = join(tmpdir(), `crp-serve-${randomUUID()}`)
  const discard = () => rm(path, { force: true })
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writev([...head])
    const size = head.reduce((sum, { length }) => sum + length, 0) + (await append(file, rest))
    return { size, open: () => createReadStream(path), discard }
  } catch (error) {
    await discard()
    throw error
  } finally {
    await file.close()
  }
}

/** Reads a body to its end, into memory or a temporary file. Rejects with what the body throws, and keeps nothing. */
export async function spool(body: ObjectBody): Promise<Spooled> {
  if (body instanceof Uint8Array) return inMemory(body)
  const head: Uint8Array[] = []
  let size = 0
  const chunks = body[Symbol.asyncIterator]()
  for (let step = await chunks.next(); !step.done; step = await chunks.next()) {
    head.push(step.value)
    size += step.value.length
    if (size > memoryBytes) return await inFile(head, { [Symbol.asyncIterator]: () => chunks })
  }
  return inMemory(Buffer.concat(head))
}
