import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))

test('the generated code is what the schema gives', () => {
  const out = mkdtempSync(join(tmpdir(), 'gen-'))
  try {
    execFileSync('npm', ['run', 'generate', '--silent', '--', '--output', out], { cwd: root })
    expect(contents(join(out, 'src/gen'))).toEqual(contents(join(root, 'src/gen')))
  } finally {
    rmSync(out, { recursive: true })
  }
})
