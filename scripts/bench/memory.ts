import { readdirSync, readFileSync } from 'node:fs'

/** What a process holds in memory, in bytes; 0 where it is gone. */
export type Held = (pid: number) => number

function field(pid: number, file: 'status' | 'smaps_rollup', name: string): number {
  try {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))
    return 1024 * Number(found?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Resident set of a process (proc_pid_status(5)). */
export const residentSet: Held = (pid) => field(pid, 'status', 'VmRSS')

/** Proportional set size: what processes share counts for each with its share (proc_pid_smaps(5)). */
export const proportionalSet: Held = (pid) => field(pid, 'smaps_rollup', 'Pss')

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** The children of a process. */
export function childrenOf(parent: number): number[] {
  const all = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return all.filter((pid) => parentOf(pid) === parent)
}

/** The children of a process that run ONNX Runtime. */
export const engineProcesses = (parent = process.pid): number[] =>
  childrenOf(parent).filter((pid) => commandOf(pid).includes('engine-child'))

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return 0
  }
}

const everyMs = 25

/**
 * The most that was seen of each quantity while something ran. Slows it down: not for what is timed.
 * @param look tells what is held now, in bytes
 */
export async function peakOf<K extends string>(
  look: () => Readonly<Record<K, number>>,
  run: () => Promise<unknown>,
): Promise<Record<K, number>> {
  const peak: Record<K, number> = { ...look() }
  const note = () => {
    for (const [name, held] of Object.entries(look()) as [K, number][])
      peak[name] = Math.max(peak[name], held)
  }
  const timer = setInterval(note, everyMs)
  try {
    await run()
  } finally {
    clearInterval(timer)
  }
  note()
  return peak
}
