import { readFile } from 'node:fs/promises'
import type { LoadResult } from '../bench/load.ts'
import { table } from './tables.ts'

interface ModelLoads {
  /** The engine alone, through HTTP, and through HTTP without batches. */
  readonly engine: readonly LoadResult[]
  readonly batched: readonly LoadResult[]
  readonly alone: readonly LoadResult[]
}

type Held = Readonly<Record<'gateway' | 'worker' | 'children', number>>

/** What `npm run bench:http` writes; a phase that was not run is missing. */
interface LoadReport {
  readonly date: string
  readonly machine: { readonly cpu: string; readonly threads: number; readonly node: string }
  readonly demo?: ModelLoads
  readonly resnet50?: ModelLoads
  readonly gateway?: LoadResult
  readonly memory?: { readonly requests: number; readonly early_bytes: Held; readonly late_bytes: Held }
}

const path = new URL('../../docs/bench/load.json', import.meta.url)
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)} %`

function rowsOf(model: string, { engine, batched, alone }: ModelLoads): string[][] {
  return batched.map((http, i) => [
    model,
    String(http.concurrency),
    engine[i]!.per_second.toFixed(1),
    http.per_second.toFixed(1),
    percent(http.per_second, engine[i]!.per_second),
    alone[i]!.per_second.toFixed(1),
    [http.p50_ms, http.p95_ms, http.p99_ms].map((ms) => ms.toFixed(0)).join(' / '),
    http.mean_batch.toFixed(1),
  ])
}

function sentences({ gateway, memory }: LoadReport): string[] {
  const held = (bytes: Held) =>
    (['gateway', 'worker', 'children'] as const)
      .map((name) => `${name} ${Math.round(bytes[name] / 2 ** 20)} MB`)
      .join(', ')
  return [
    ...(gateway
      ? ['', `The gateway alone answers ${gateway.per_second.toFixed(0)} health checks a second on one core.`]
      : []),
    ...(memory
      ? [
          '',
          `Memory after a tenth of ${memory.requests} requests: ${held(memory.early_bytes)}; after all of them: ${held(memory.late_bytes)}.`,
        ]
      : []),
  ]
}

/** The service under load, or how to measure it. */
export async function loadTable(): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return ['Not measured yet: run `npm run bench:http`, then `npm run docs`.']
  const report = JSON.parse(text) as LoadReport
  const rows = (['demo', 'resnet50'] as const).flatMap((name) =>
    report[name] ? rowsOf(name, report[name]) : [],
  )
  const head = [
    'model',
    'at once',
    'engine /s',
    'HTTP /s',
    'reached',
    'without batches /s',
    'p50 / p95 / p99 ms',
    'rows in a batch',
  ]
  return [
    `Measured on ${report.date}: ${report.machine.cpu}, ${report.machine.threads} threads, Node.js ${report.machine.node}.`,
    '',
    ...(rows.length > 0 ? table([head, ...rows]) : []),
    ...sentences(report),
  ]
}
