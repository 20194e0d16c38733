import { execFileSync } from 'node:child_process'

/** A process below another one. */
export interface Descendant {
  readonly pid: number
  /** The process group: a terminal sends its signals to all of one. */
  readonly group: number
  /** Its command line. */
  readonly command: string
}

interface Entry extends Descendant {
  readonly parent: number
}

/** Every process of this machine that has not ended; one that ended and was not waited for counts as ended. */
function processTable(): Entry[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,args='], { encoding: 'utf8' })
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, group, state, command] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined || state!.startsWith('Z')
      ? []
      : [{ pid: Number(pid), parent: Number(parent), group: Number(group), command: command! }]
  })
}

/** The process group of a process. */
export const groupOf = (pid: number): number => processTable().find((entry) => entry.pid === pid)!.group

/** All processes that a process has started, those that its children have started included. */
export function descendants(pid: number): Descendant[] {
  const table = processTable()
  const below = (parent: number): Entry[] =>
    table.filter((entry) => entry.parent === parent).flatMap((entry) => [entry, ...below(entry.pid)])
  return below(pid)
}

/** Those of the processes that still run, under the same command line: process ids are used again. */
export function stillRunning(processes: readonly Descendant[]): Descendant[] {
  const running = new Map(processTable().map(({ pid, command }) => [pid, command]))
  return processes.filter(({ pid, command }) => running.get(pid) === command)
}
