import type { Engine } from '@crp-serve/engine'
import { type BenchCase, cases, chosenFrom } from './cases.ts'
import { forward, openWorkplace } from './engine-side.ts'
import { inTurns, median, ratio } from './measure.ts'
import { answers, measureOverhead } from './overhead.ts'
import { writeReport } from './report.ts'

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

const report = { engine: 'docs/bench/engine.json', http: 'docs/bench/http.json' }
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

/**
 * `npm run bench [-- part of a case's name …]`: the engine in units of the model's own forward pass, and what HTTP adds
 * (`npm run bench -- HTTP` alone).
 */
async function main(): Promise<void> {
  const texts = process.argv.slice(2)
  const http = texts.length === 0 || texts.includes('HTTP')
  const chosen =
    texts.join() === 'HTTP'
      ? []
      : chosenFrom(
          cases,
          texts.filter((text) => text !== 'HTTP'),
        )
  const place = await openWorkplace(chosen)
  const engine = await place.start()
  try {
    await timeCases(engine, chosen)
    if (!http) return
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
  } finally {
    await engine.close()
    await place.remove()
  }
}

await main()
