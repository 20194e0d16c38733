import type { EngineLine } from '../bench/bench.ts'
import type { PeerLine } from '../bench/bench-peer.ts'
import type { OverheadLine } from '../bench/overhead.ts'
import { type ReportLine, readReport } from '../bench/report.ts'
import type { VisualizationLine } from '../bench/visualization/measure.ts'
import type { WorkersLine } from '../bench/visualization/workers.ts'
import { table } from './tables.ts'

const folder = new URL('../../docs/bench/', import.meta.url)

const ms = (value: number): string => (value < 100 ? value.toFixed(1) : value.toFixed(0))

/** A report as a table, or how to get it. */
async function tableOf<Line extends ReportLine>(
  file: string,
  command: string,
  head: readonly string[],
  row: (line: Line) => string[],
): Promise<string[]> {
  const report = await readReport<Line>(new URL(file, folder))
  if (report === null) return [`Not measured yet: run \`${command}\`, then \`npm run docs\`.`]
  const { date, machine, results } = report
  const rows = results.map((line) => [line.case, ...row(line)])
  return [
    `Measured on ${date}: ${machine.cpu}, ${machine.threads} threads, Node.js ${machine.node}.`,
    '',
    ...table([['case', ...head], ...rows]),
  ]
}

/** The engine beside zennit-crp. */
export const peerTable = (): Promise<string[]> =>
  tableOf<PeerLine>(
    'peer.json',
    'npm run bench:peer',
    [
      'forward ms',
      'engine ms',
      'peer ms',
      'faster',
      'target',
      'forwards each',
      'engine MB',
      'peer MB',
      'apart',
    ],
    (line) => [
      ms(line.forward_ms),
      ms(line.engine_ms),
      ms(line.peer_ms),
      `${line.speedup.toFixed(2)} x`,
      `${line.target_speedup} x`,
      line.forwards.toFixed(2),
      String(line.engine_mb),
      String(line.peer_mb),
      line.difference.toExponential(1),
    ],
  )

/** Feature visualizations beside zennit-crp. */
export const visualizationTable = (): Promise<string[]> =>
  tableOf<VisualizationLine>(
    'visualization.json',
    'npm run bench:peer',
    [
      'engine images/s',
      'peer images/s',
      'faster',
      'target',
      'engine MB',
      'job worker MB',
      'peer MB',
      'same ranks',
      'apart',
    ],
    (line) => [
      line.engine_images_per_second.toFixed(2),
      line.peer_images_per_second.toFixed(2),
      `${line.speedup.toFixed(2)} x`,
      `${line.target_speedup} x`,
      String(line.engine_mb),
      String(line.worker_mb),
      String(line.peer_mb),
      `${(100 * line.same_ranks).toFixed(2)} %`,
      line.difference.toExponential(1),
    ],
  )

/** Two job workers against one. */
export const workersTable = (): Promise<string[]> =>
  tableOf<WorkersLine>(
    'workers.json',
    'npm run bench -- "job workers"',
    ['images', 'one images/s', 'two images/s', 'faster'],
    (line) => [
      String(line.images),
      line.one_images_per_second.toFixed(2),
      line.two_images_per_second.toFixed(2),
      `${line.speedup.toFixed(2)} x`,
    ],
  )

/** The engine in units of the model's own forward pass. */
export const engineTable = (): Promise<string[]> =>
  tableOf<EngineLine>(
    'engine.json',
    'npm run bench',
    ['forward ms', 'engine ms', 'forwards each', 'by FLOPs', 'runs of ONNX Runtime'],
    (line) => [
      ms(line.forward_ms),
      ms(line.engine_ms),
      line.forwards.toFixed(2),
      line.computed_forwards.toFixed(2),
      String(line.executions),
    ],
  )

/** What HTTP adds. */
export const overheadTable = (): Promise<string[]> =>
  tableOf<OverheadLine>(
    'http.json',
    'npm run bench -- HTTP',
    ['answer MB', 'engine ms', 'HTTP ms', 'added ms', 'allowed ms'],
    (line) => [
      line.answer_mb.toFixed(1),
      ms(line.engine_ms),
      ms(line.http_ms),
      ms(line.added_ms),
      ms(line.allowed_ms),
    ],
  )
