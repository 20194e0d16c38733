/**
 * `npm run verify:peer`: torchvision's models through both exporters, explained here and by zennit in float64.
 * Options: --models a,b  --inputs 8 (or more, for each seed)  --seeds 0,1 (of weights)  --python python3. Ends with 1 where a bound is missed.
 */
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { comparedWithPeer, type Line, leastInputs, passes } from './compare.ts'
import { type ConservingLine, comparedWithReference, conserves } from './conserving.ts'
import { prepareEnvironment, runPeer } from './environment.ts'
import { Explainer } from './explainer.ts'
import { cancelling, models, seedsOf } from './models.ts'
import { page } from './table.ts'

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: Object.keys(models).join(',') },
    inputs: { type: 'string', default: '8' },
    seeds: { type: 'string' },
    python: { type: 'string' },
  },
})

const chosen = values.models.split(',')
const unknown = chosen.filter((name) => !(name in models))
if (unknown.length > 0)
  throw new Error(`no models: ${unknown.join(', ')}; there are ${Object.keys(models).join(', ')}`)

const inputs = Number(values.inputs)
if (!(inputs >= leastInputs))
  throw new Error(`--inputs must be at least ${leastInputs}: the median is judged`)

await prepareEnvironment(values.python)
const lines: Line[] = []
const conserving: ConservingLine[] = []
const broken: string[] = []
const explainer = await Explainer.start()
try {
  for (const name of chosen) {
    process.stdout.write(`${name} …\n`)
    try {
      const folders: string[] = []
      for (const seed of values.seeds?.split(',').map(Number) ?? seedsOf(name))
        folders.push(await runPeer(name, inputs, seed))
      const compared = cancelling.includes(name) ? [] : await comparedWithPeer(explainer, name, folders)
      for (const { exporter, ours, peer } of compared)
        process.stdout.write(
          `  ${exporter}: ${ours.bulk.toExponential(1)}, peer ${peer.bulk.toExponential(1)}\n`,
        )
      lines.push(...compared)
      const noise = Math.max(0, ...compared.map((line) => line.noise))
      if (models[name] !== null)
        conserving.push(...(await comparedWithReference(explainer, name, folders[0]!, noise)))
    } catch (error) {
      broken.push(`${name}: ${(error as Error).message}`)
      process.stdout.write(`  ${broken.at(-1)}\n`)
    }
  }
} finally {
  await explainer.close()
}

const command = ['npm run verify:peer', ...process.argv.slice(2)].join(' ')
const text = page(lines, conserving, command)
process.stdout.write(`\n${text}`)
const isWhole = chosen.length === Object.keys(models).length
const docs = join(dirname(fileURLToPath(import.meta.url)), '../../docs/verify-peer.md')
if (isWhole && broken.length === 0) await writeFile(docs, text)
const missedLines = [
  ...lines.filter((line) => !passes(line)),
  ...conserving.filter((line) => !conserves(line)),
]
const missed = missedLines.length + broken.length
process.stdout.write(`\n${missed === 0 ? 'every bound is kept' : `${missed} lines miss their bound`}\n`)
process.exitCode = missed === 0 ? 0 : 1
