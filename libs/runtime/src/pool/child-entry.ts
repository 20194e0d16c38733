import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** How to fork an entry module. */
export interface ChildEntry {
  /** Absolute path of the module. */
  readonly path: string
  /** Node's own command-line options for the child. */
  readonly execArgv: readonly string[]
  /** Environment variables where this process has none of that name; all others of this process are handed on. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * The entry module `name` (relative, without extension, such as `./decode-child`) beside the module whose
 * `import.meta.url` is `base`. A parent that runs from TypeScript source forks the source through tsx and resolves the
 * workspace's libraries to source as well; a parent that runs from `dist` forks plain JavaScript, and so do tests
 * (`test/support/compiled-children.ts`).
 */
export function childEntry(name: string, base: string): ChildEntry {
  const extension = extname(fileURLToPath(base))
  const path = fileURLToPath(new URL(name + extension, base))
  return { path, execArgv: extension === '.ts' ? sourceOptions(base) : [] }
}

function sourceOptions(base: string): string[] {
  // By absolute address: a bare `--import tsx` would be looked up from the current directory.
  const tsx = pathToFileURL(createRequire(base).resolve('tsx'))
  return ['--import', tsx.href, '--conditions=crp-serve-source']
}
