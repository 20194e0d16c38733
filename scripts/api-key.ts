import { appendFile, readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { newKey, parseKeys, type Scope, scopes } from '../services/gateway/src/access/keys.ts'

/** `npm run api-key -- NAME SCOPE FILE`: adds a key to a file and prints it, this once. */
const usage = `usage: npm run --silent api-key -- NAME ${scopes.join('|')} FILE\n`

async function existing(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return ''
    throw error
  }
}

async function main([name, scope, file]: readonly string[]): Promise<void> {
  if (!name || !file || !scopes.some((known) => known === scope)) throw new Error(usage)
  const before = await existing(file)
  const { key, line } = newKey(name, scope as Scope)
  const separator = before === '' || before.endsWith('\n') ? '' : '\n'
  // Throws where the id is taken, or the file is no file of keys.
  parseKeys(`${before}${separator}${line}\n`)
  await appendFile(file, `${separator}${line}\n`, { mode: 0o600 })
  process.stdout.write(`${key}\n`)
}

try {
  await main(parseArgs({ allowPositionals: true }).positionals)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
