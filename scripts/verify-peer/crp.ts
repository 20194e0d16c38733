/**
 * `npm run verify:peer-crp`: random networks under random conditions, explained here and by zennit-crp in float64.
 * Options: --nets 12  --cases 10  --seed 0  --python python3. Ends with 1 where a request is answered otherwise.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { agrees, type Comparison, compareNet, tolerance } from './crp-compare.ts'
import { prepareEnvironment, runPython, workFolder } from './environment.ts'
import { Explainer } from './explainer.ts'

const { values } = parseArgs({
  options: {
    nets: { type: 'string', default: '12' },
    cases: { type: 'string', default: '10' },
    seed: { type: 'string', default: '0' },
    python: { type: 'string' },
  },
})
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** All comparisons, and the requests that were refused. */
async function compareAll(folder: string): Promise<{ comparisons: Comparison[]; broken: string[] }> {
  const explainer = await Explainer.start()
  const comparisons: Comparison[] = []
  const broken: string[] = []
  try {
    for (let net = 0; net < Number(values.nets); net++) {
      try {
        comparisons.push(...(await compareNet(explainer, join(folder, String(net)), String(net))))
      } catch (error) {
        broken.push(`net ${net}: ${(error as Error).message}`)
      }
    }
  } finally {
    await explainer.close()
  }
  return { comparisons, broken }
}

await prepareEnvironment(values.python)
const folder = join(workFolder, 'results', 'crp')
await rm(folder, { recursive: true, force: true })
await runPython([
  'crp_peer.py',
  folder,
  '--seed',
  values.seed,
  '--nets',
  values.nets,
  '--cases',
  values.cases,
])
const { comparisons, broken } = await compareAll(folder)
const missed = comparisons.filter((comparison) => !agrees(comparison))
for (const { net, number, array, request, ours, peer } of missed)
  say(
    `net ${net}, request ${number}, ${array}: ${ours.toExponential(1)} (peer ${peer.toExponential(1)}) ${JSON.stringify(request)}`,
  )
for (const text of broken) say(text)
const most = (of: 'ours' | 'peer') =>
  Math.max(...comparisons.map((comparison) => comparison[of])).toExponential(1)
say(
  `${new Set(comparisons.map(({ net, number }) => `${net} ${number}`)).size} requests, ${comparisons.length} arrays: at most ${most('ours')} of the largest value from float64 (zennit-crp in float32 ${most('peer')}, bound ${tolerance}); ${missed.length} arrays miss the bound, ${broken.length} networks broke`,
)
process.exitCode = missed.length + broken.length === 0 ? 0 : 1
