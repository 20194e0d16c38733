/** Median of a list of numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** One thing to be timed; every call gets a new input, so that nothing can be answered from a cache. */
export interface Contender {
  readonly name: string
  readonly run: (round: number) => Promise<unknown>
  /** Whether `run` returns its own time in ms, which counts instead of the wall time here. */
  readonly tells?: boolean
}

/**
 * Times in ms of several contenders, taken in turns so that a slow moment of the machine meets all of them.
 * The first round warms up and does not count, unless all of them are warm.
 */
export async function inTurns(
  contenders: readonly Contender[],
  rounds: number,
  isWarm = false,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  const warmUps = isWarm ? 0 : 1
  for (let round = 1; round <= rounds + warmUps; round++) {
    for (const { name, run, tells } of contenders) {
      const start = performance.now()
      const told = await run(round)
      const wall = performance.now() - start
      if (round > warmUps) times.get(name)!.push(tells ? (told as number) : wall)
    }
  }
  return times
}

/** Median of the ratios of two contenders, round by round. */
export const ratio = (over: readonly number[], under: readonly number[]): number =>
  median(over.map((time, i) => time / under[i]!))
