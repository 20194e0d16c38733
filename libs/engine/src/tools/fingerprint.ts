import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Modules whose folders hold the code that prepared models and plans are made by. */
const makers = () => [
  import.meta.resolve('@crp-serve/onnx'),
  import.meta.resolve('@crp-serve/lrp'),
  import.meta.url,
]

const folderOf = (address: string): string => dirname(fileURLToPath(address))

function codeFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

let known: string | undefined

/**
 * A hash of the code of the compiler: files that it made under another hash are not used, so that no stale plan
 * outlives an update. Read from the modules as they run here; only tool processes ask for it.
 */
export function compilerFingerprint(): string {
  if (known !== undefined) return known
  const hash = createHash('sha256')
  for (const file of makers().map(folderOf).flatMap(codeFiles)) hash.update(readFileSync(file))
  known = hash.digest('hex').slice(0, 12)
  return known
}
