import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from './errors.ts'
import { compareKeys, isKey, temporaryPrefix } from './keys.ts'

/**
 * The keys of all files below `root` that start with `prefix` and come after `after`, in byte order. Folders that can
 * hold none are not read.
 */
export async function* keysBelow(
  root: string,
  prefix: string,
  after = '',
  folder = '',
): AsyncGenerator<string> {
  for (const entry of await sortedEntries(join(root, folder))) {
    const key = folder + entry.name
    if (entry.isDirectory()) {
      if (mayHold(`${key}/`, prefix, after)) yield* keysBelow(root, prefix, after, `${key}/`)
    } else if (entry.isFile() && key.startsWith(prefix) && compareKeys(key, after) > 0 && isKey(key)) {
      yield key
    }
  }
}

/** The paths of all unfinished files below `folder`. */
export async function* temporaryFilesBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await sortedEntries(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* temporaryFilesBelow(path)
    else if (entry.name.startsWith(temporaryPrefix)) yield path
  }
}

/** `folder` ends in a slash, as all keys below it begin. */
function mayHold(folder: string, prefix: string, after: string): boolean {
  const matches = folder.startsWith(prefix) || prefix.startsWith(folder)
  return matches && (after.startsWith(folder) || compareKeys(folder, after) > 0)
}

/** A folder sorts as its name with a slash, so that walking the tree in this order gives keys in byte order. */
async function sortedEntries(folder: string): Promise<readonly Dirent[]> {
  const sortKey = (entry: Dirent) => (entry.isDirectory() ? `${entry.name}/` : entry.name)
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  })
  return entries.sort((a, b) => compareKeys(sortKey(a), sortKey(b)))
}
