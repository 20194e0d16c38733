/**
 * `npm run goldens`: runs the reference cases and prints how many pass, by kind of case, variant of the export, and way
 * (libs/lrp, libs/engine, HTTP). Ends with 1 where one fails. The cases are those of `shared/goldens` beside the repository where
 * that is there, else the part that is committed.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { goldensRoot } from '../../test/support/goldens.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** The test files that run cases, and the way that each goes. */
const ways: Readonly<Record<string, string>> = {
  'test/goldens/lrp.test.ts': 'libs/lrp',
  'libs/engine/test/goldens.test.ts': 'libs/engine',
  'libs/engine/test/attributors.test.ts': 'libs/engine',
  'libs/engine/test/graphs.test.ts': 'libs/engine',
  'libs/engine/test/visualization-goldens.test.ts': 'libs/engine',
  'libs/imaging/test/heatmap.test.ts': 'libs/imaging',
  'libs/imaging/test/reference.test.ts': 'libs/imaging',
  'test/e2e/http-goldens.test.ts': 'HTTP',
  'test/e2e/attributors.test.ts': 'HTTP',
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

/** Runs the files and reads vitest's report; its own output is shown. */
function report(): Report {
  const folder = mkdtempSync(join(tmpdir(), 'goldens-'))
  const file = join(folder, 'report.json')
  try {
    const options = ['--reporter=json', `--outputFile=${file}`]
    spawnSync('npx', ['vitest', 'run', ...options, ...Object.keys(ways)], { cwd: root, stdio: 'inherit' })
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The kind of a case; tests that are of no one case have none. */
function kindOf(name: string): string | null {
  try {
    const info = JSON.parse(readFileSync(join(goldensRoot(), 'cases', name, 'case.json'), 'utf8'))
    return (info as { kind: string }).kind
  } catch {
    return null
  }
}

interface Tally {
  passed: number
  failed: number
}

/** Passed and failed cases by `kind | variant | way`. */
function tallied({ testResults }: Report): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>()
  for (const { name, assertionResults } of testResults)
    for (const { title, status } of assertionResults) {
      const way = ways[relative(root, name)]!
      const [, golden, variant] = /^(\S+) on (\S+)$/.exec(title) ?? []
      const kind = golden === undefined ? (way === 'libs/imaging' ? 'image' : null) : kindOf(golden)
      if (kind === null) continue
      const key = [kind, variant ?? '', way].join(' | ')
      const tally = tallies.get(key) ?? { passed: 0, failed: 0 }
      tally[status === 'passed' ? 'passed' : 'failed']++
      tallies.set(key, tally)
    }
  return tallies
}

const tallies = tallied(report())
const lines = [...tallies].sort(([a], [b]) => (a < b ? -1 : 1))
const body = lines.map(([key, { passed, failed }]) => `| ${key} | ${passed} | ${failed} |`)
process.stdout.write(
  ['| kind | variant | through | passed | failed |', '| - | - | - | - | - |', ...body, ''].join('\n'),
)
process.exitCode = lines.some(([, { failed }]) => failed > 0) || lines.length === 0 ? 1 : 0
