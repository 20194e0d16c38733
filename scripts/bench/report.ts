import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { dirname } from 'node:path'

/** One line of a report; `case` names it. */
export interface ReportLine {
  readonly case: string
}

/** What a bench has measured, as `docs/bench` keeps it. */
export interface Report<Line extends ReportLine> {
  readonly date: string
  readonly machine: { readonly cpu: string; readonly threads: number; readonly node: string }
  readonly results: readonly Line[]
}

/** A report that was written before, or null. */
export async function readReport<Line extends ReportLine>(path: URL | string): Promise<Report<Line> | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Report<Line>
  } catch {
    return null
  }
}

/** Writes lines; those of other cases that stand there already stay, so that a bench can be run case by case. */
export async function writeReport<Line extends ReportLine>(
  path: string,
  lines: readonly Line[],
  order: readonly string[],
): Promise<void> {
  const before = (await readReport<Line>(path))?.results ?? []
  const kept = before.filter((line) => !lines.some((other) => other.case === line.case))
  const known = [...kept, ...lines].filter((line) => order.includes(line.case))
  const report: Report<Line> = {
    date: new Date().toISOString().slice(0, 10),
    machine: { cpu: cpus()[0]?.model ?? '', threads: availableParallelism(), node: process.version },
    results: known.sort((a, b) => order.indexOf(a.case) - order.indexOf(b.case)),
  }
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`)
}
