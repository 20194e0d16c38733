import { readFileSync } from 'node:fs'

/**
 * Private memory of this process in bytes: on Linux the anonymous resident pages (`RssAnon` of proc_pid_status(5)),
 * which leave out memory-mapped weights that all children share; elsewhere the whole resident set.
 */
export function privateMemory(): number {
  if (process.platform !== 'linux') return process.memoryUsage.rss()
  const match = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return match ? Number(match[1]) * 1024 : process.memoryUsage.rss()
}
