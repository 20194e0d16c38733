import { randomUUID } from 'node:crypto'
import { rename, rm, stat, writeFile } from 'node:fs/promises'

/** Whether there is a file or folder at a path. */
export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

/** Writes a file that appears complete or not at all. */
export async function writeWhole(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.tmp-${randomUUID()}`
  try {
    await writeFile(temporary, parts)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}
