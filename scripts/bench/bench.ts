import type { Engine } from '@crp-serve/engine'
import { type BenchCase, cases, chosenFrom } from './cases.ts'
import { forward, openWorkplace, type Workplace } from './engine-side.ts'
import { inTurns, median, ratio } from './measure.ts'
import { answers, measureOverhead } from './overhead.ts'
import { writeReport } from './report.ts'
import { measureWorkers, type WorkersCase, workersCases } from './visualization/workers.ts'

/** One line of the table of the engine alone. */
export interface EngineLine {
  readonly case: string
  readonly forward_ms: number
  readonly engine_ms: number
  /** Forward passes that one heatmap (or image) takes, measured, and by the FLOPs of what was executed. */
  readonly forwards: number
  readonly computed_forwards: number
  readonly executions: number
  readonly rounds: number
}

const report = {
  engine: 'docs/bench/engine.json',
  http: 'docs/bench/http.json',
  workers: 'docs/bench/workers.json',
}
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Times one case beside the model's own forward pass. */
async function time(engine: Engine, one: BenchCase): Promise<EngineLine> {
  const { executions, forwardEquivalents } = await one.engine(engine, 0)
  const times = await inTurns(
    [
      { name: 'forward', run: (round) => forward(engine, one.model, round) },
      { name: 'engine', run: (round) => one.engine(engine, round) },
    ],
    one.rounds,
  )
  const [own, ours] = [times.get('forward')!, times.get('engine')!]
  return {
    case: one.name,
    forward_ms: median(own),
    engine_ms: median(ours),
    forwards: ratio(ours, own) / one.units,
    computed_forwards: forwardEquivalents / one.units,
    executions,
    rounds: one.rounds,
  }
}

async function timeCases(engine: Engine, chosen: readonly BenchCase[]): Promise<void> {
  for (const one of chosen) {
    const line = await time(engine, one)
    const { forward_ms, engine_ms, forwards } = line
    say(
      `${one.name}: forward ${forward_ms.toFixed(0)} ms, engine ${engine_ms.toFixed(0)} ms, ${forwards.toFixed(2)} forwards each`,
    )
    await writeReport(
      report.engine,
      [line],
      cases.map(({ name }) => name),
    )
  }
}

async function timeWorkers(place: Workplace, chosen: readonly WorkersCase[]): Promise<void> {
  for (const one of chosen) {
    const line = await measureWorkers(one, place)
    const { one_images_per_second, two_images_per_second, speedup } = line
    say(
      `${one.name}: one ${one_images_per_second.toFixed(2)} images/s, two ${two_images_per_second.toFixed(2)}: ${speedup.toFixed(2)} times as fast`,
    )
    await writeReport(
      report.workers,
      [line],
      workersCases.map(({ name }) => name),
    )
  }
}

async function timeHttp(engine: Engine, place: Workplace): Promise<void> {
  const lines = await measureOverhead(engine, place)
  for (const { case: name, answer_mb, added_ms, allowed_ms } of lines)
    say(
      `${name}: ${answer_mb.toFixed(1)} MB, HTTP adds ${added_ms.toFixed(1)} ms (at most ${allowed_ms.toFixed(0)})`,
    )
  await writeReport(
    report.http,
    lines,
    answers.map(({ name }) => name),
  )
}

/** What is measured: everything, or the cases whose names hold one of the texts. */
function chosenBy(texts: readonly string[]) {
  const names = texts.filter((text) => text !== 'HTTP')
  const none = texts.length > 0 && names.length === 0
  return {
    engine: none ? [] : chosenFrom(cases, names),
    workers: none ? [] : chosenFrom(workersCases, names),
    http: texts.length === 0 || texts.includes('HTTP'),
  }
}

/**
 * `npm run bench [-- part of a case's name …]`: the engine in units of the model's own forward pass, two job workers
 * against one, and what HTTP adds (`npm run bench -- HTTP` alone).
 */
async function main(): Promise<void> {
  const chosen = chosenBy(process.argv.slice(2))
  const place = await openWorkplace([...chosen.engine, ...chosen.workers])
  try {
    const engine = await place.start()
    try {
      await timeCases(engine, chosen.engine)
      if (chosen.http) await timeHttp(engine, place)
    } finally {
      await engine.close()
    }
    await timeWorkers(place, chosen.workers)
  } finally {
    await place.remove()
  }
}

await main()
