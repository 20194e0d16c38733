import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '@crp-serve/engine'
import { readNpy } from '@crp-serve/storage'
import { prepareEnvironment } from '../verify-peer/environment.ts'
import { type BenchCase, cases, chosenFrom, type EngineWork } from './cases.ts'
import { forward, openWorkplace, threads, type Workplace } from './engine-side.ts'
import { inTurns, median, ratio } from './measure.ts'
import { engineProcesses, peakOf, proportionalSet, residentSet } from './memory.ts'
import { type Peer, startPeer } from './peer/process.ts'
import { writeReport } from './report.ts'
import { visualizationCases } from './visualization/cases.ts'
import { measureVisualization, type VisualizationLine } from './visualization/measure.ts'
import { writeWeights } from './weights.ts'

/** One line of the table beside the peer. */
export interface PeerLine {
  readonly case: string
  readonly forward_ms: number
  readonly engine_ms: number
  readonly peer_ms: number
  /** Median of the ratios of pairs, peer over engine. */
  readonly speedup: number
  readonly target_speedup: number
  /** Forward passes that one heatmap (or image) takes, measured, and by the FLOPs of what was executed. */
  readonly forwards: number
  readonly computed_forwards: number
  readonly engine_mb: number
  readonly peer_mb: number
  /** Largest difference of the results over the largest value. */
  readonly difference: number
  readonly rounds: number
}

const report = { cases: 'docs/bench/peer.json', visualizations: 'docs/bench/visualization.json' }
const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)

/** How far the peer's result of a round is from ours, in units of the largest value. */
async function difference(
  one: BenchCase,
  { values }: EngineWork,
  peer: Peer,
  folder: string,
): Promise<number> {
  const path = join(folder, 'peer.npy')
  await peer.save(one.peer, 0, path)
  const { data } = readNpy(await readFile(path))
  if (data.length !== values.length) throw new Error(`${one.name}: ${data.length} values of the peer`)
  let [largest, apart] = [0, 0]
  for (const [i, value] of values.entries()) {
    largest = Math.max(largest, Math.abs(Number(data[i])))
    apart = Math.max(apart, Math.abs(Number(data[i]) - value))
  }
  return apart / largest
}

/** Times of the forward pass, the engine and the peer in turns; what the peer says of itself leaves out the pipe to it. */
async function timed(one: BenchCase, engine: Engine, peer: Peer, rounds: number) {
  await forward(engine, one.model, 0)
  const times = await inTurns(
    [
      { name: 'forward', run: (round) => forward(engine, one.model, round) },
      { name: 'engine', run: (round) => one.engine(engine, round) },
      { name: 'peer', run: (round) => peer.work(one.peer, round), tells: true },
    ],
    rounds,
    true,
  )
  return ['forward', 'engine', 'peer'].map((name) => times.get(name)!) as [number[], number[], number[]]
}

/** An engine and a peer that hold nothing of a case yet, for as long as `use` takes. */
async function withFresh<T>(
  one: BenchCase,
  place: Workplace,
  use: (engine: Engine, peer: Peer) => Promise<T>,
): Promise<T> {
  const engine = await place.start()
  const peer = await startPeer(one.model, join(place.folder, 'weights', one.model), threads)
  try {
    return await use(engine, peer)
  } finally {
    await peer.stop()
    await engine.close()
  }
}

/** The most that engine and peer hold over two rounds of nothing but the case (one where it is long), the first one included. */
const memory = (one: BenchCase, place: Workplace): Promise<Pick<PeerLine, 'engine_mb' | 'peer_mb'>> =>
  withFresh(one, place, async (engine, peer) => {
    const sum = (pids: readonly number[]) => pids.reduce((total, pid) => total + proportionalSet(pid), 0)
    const rounds = one.units > 1 ? [-1] : [-1, -2]
    const all = async (work: (round: number) => Promise<unknown>) => {
      for (const round of rounds) await work(round)
    }
    const ours = await peakOf(
      () => ({ held: sum(engineProcesses()) }),
      () => all((round) => one.engine(engine, round)),
    )
    const theirs = await peakOf(
      () => ({ held: residentSet(peer.pid) }),
      () => all((round) => peer.work(one.peer, round)),
    )
    return { engine_mb: megabytes(ours.held), peer_mb: megabytes(theirs.held) }
  })

const measure = (one: BenchCase, place: Workplace): Promise<Omit<PeerLine, 'engine_mb' | 'peer_mb'>> =>
  withFresh(one, place, async (engine, peer) => {
    const first = await one.engine(engine, 0)
    const apart = await difference(one, first, peer, place.folder)
    const [own, ours, theirs] = await timed(one, engine, peer, one.rounds)
    return {
      case: one.name,
      forward_ms: median(own),
      engine_ms: median(ours),
      peer_ms: median(theirs),
      speedup: ratio(theirs, ours),
      target_speedup: one.target.speedup,
      forwards: ratio(ours, own) / one.units,
      computed_forwards: first.forwardEquivalents / one.units,
      difference: apart,
      rounds: one.rounds,
    }
  })

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function tell(line: PeerLine): void {
  const ms = (value: number) => `${value.toFixed(0)} ms`
  say(
    `${line.case}: forward ${ms(line.forward_ms)}, engine ${ms(line.engine_ms)} (${line.forwards.toFixed(2)} forwards each), peer ${ms(line.peer_ms)}: ${line.speedup.toFixed(2)} times faster (target ${line.target_speedup}); ${line.engine_mb} MB, peer ${line.peer_mb} MB; results ${line.difference.toExponential(1)} apart`,
  )
}

function tellVisualization(line: VisualizationLine): void {
  const rate = (value: number) => `${value.toFixed(2)} images/s`
  say(
    `${line.case}: ${rate(line.engine_images_per_second)}, peer ${rate(line.peer_images_per_second)}: ${line.speedup.toFixed(2)} times faster (target ${line.target_speedup}); ${line.engine_mb} MB (${line.worker_mb} MB with all of the job worker), peer ${line.peer_mb} MB; ${(100 * line.same_ranks).toFixed(2)} % of the ranks the same, values ${line.difference.toExponential(1)} apart`,
  )
}

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)

/** `npm run bench:peer [-- part of a case's name …]`: the engine beside zennit-crp, each case with fresh processes. */
async function main(): Promise<void> {
  const texts = process.argv.slice(2)
  const [chosen, visualizations] = [chosenFrom(cases, texts), chosenFrom(visualizationCases, texts)]
  if (chosen.length + visualizations.length === 0) throw new Error(`no case is called ${texts.join(' or ')}`)
  await prepareEnvironment()
  const place = await openWorkplace([...chosen, ...visualizations])
  try {
    for (const [name, model] of place.models) await writeWeights(model, join(place.folder, 'weights', name))
    for (const one of chosen) {
      const line = { ...(await measure(one, place)), ...(await memory(one, place)) }
      tell(line)
      await writeReport(report.cases, [line], names(cases))
    }
    for (const one of visualizations) {
      const line = await measureVisualization(one, place)
      tellVisualization(line)
      await writeReport(report.visualizations, [line], names(visualizationCases))
    }
  } finally {
    await place.remove()
  }
}

await main()
