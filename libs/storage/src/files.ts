import { type FileHandle, link, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ObjectBody } from './object-store.ts'

/** Makes a folder with those above it, and makes their entries durable. Throws ENOTDIR where a file is in the way. */
export async function makeFolder(path: string): Promise<void> {
  const highest = await mkdir(path, { recursive: true }).catch((error: Error & { code?: string }) => {
    throw error.code === 'EEXIST' ? Object.assign(error, { code: 'ENOTDIR' }) : error
  })
  if (highest === undefined) return
  for (let made = path; made.length >= highest.length; made = dirname(made)) await syncFolder(dirname(made))
}

/** Writes a new file; its bytes are on the disk when this resolves. */
export async function writeSynced(path: string, body: ObjectBody): Promise<void> {
  const file = await open(path, 'wx')
  try {
    if (body instanceof Uint8Array) await file.writeFile(body)
    else for await (const chunk of body) await file.appendFile(chunk)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Gives a file that has been written in full another name. */
export type Place = (from: string, to: string) => Promise<void>

/** Fails with EEXIST where there is a file of that name. */
export const linkNew: Place = async (from, to) => {
  await link(from, to)
  await rm(from).catch(() => undefined)
}

/** Makes the entries of a folder durable: a rename survives a crash only after this (fsync(2), notes). */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** A part of a file; undefined where the file ends before. */
export async function readRange(
  file: FileHandle,
  start: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, start + at)
    if (bytesRead === 0) return undefined
    at += bytesRead
  }
  return bytes
}
