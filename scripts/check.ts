/**
 * `npm run check`: the type checks, the linter, and the linter of the API's description, all at once. What each has to say is
 * printed when it ends. Ends with 1 where one of them finds something.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The longest first. */
const checks = [
  ['tsc', '-b'],
  ['tsc', '-p', 'test'],
  ['tsc', '-p', 'scripts'],
  ['biome', 'check', '--error-on-warnings', '.'],
  ['npm', 'run', '--silent', 'lint:openapi'],
] as const

/** Everything that a program writes, on both streams. */
function written(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more
    })
  return () => text
}

/** Runs one check; whether it found nothing. */
async function passes([program, ...args]: readonly [string, ...string[]]): Promise<boolean> {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = written(child)
  const [code] = (await once(child, 'close')) as [number | null]
  process.stdout.write(
    `${[program, ...args].join(' ')}: ${code === 0 ? 'nothing found' : 'FAILED'}\n${output()}`,
  )
  return code === 0
}

const results = await Promise.all(checks.map(passes))
process.exitCode = results.every((passed) => passed) ? 0 : 1
