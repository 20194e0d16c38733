import { type Handlers, jobKinds, taskKinds } from '@crp-serve/queue'
import type { Workplace } from '../context.ts'
import { attribution } from './attribution.ts'
import { attributionGraph } from './attribution-graph.ts'
import type { HandlerEntry } from './entry.ts'
import { featureVisualization, references, shard } from './feature-visualization.ts'

/** Everything that this worker can do. A new kind of work is one file and one line. */
const list: readonly HandlerEntry[] = [attribution, attributionGraph, featureVisualization, shard, references]

/**
 * The handlers by kind.
 * @throws Error where a kind has none or several
 */
export function handlers(workplace: Workplace, entries: readonly HandlerEntry[] = list): Handlers {
  return {
    jobs: table(entries, 'job', jobKinds, workplace),
    tasks: table(entries, 'task', taskKinds, workplace),
  } as unknown as Handlers
}

/** The handler of an entry, each of whose calls is measured. */
function measured({ of, kind, make }: HandlerEntry, workplace: Workplace) {
  const handler = make(workplace) as (context: unknown) => Promise<unknown>
  return (context: unknown) => workplace.metrics.measure(of, kind, () => handler(context))
}

function table(
  entries: readonly HandlerEntry[],
  of: HandlerEntry['of'],
  kinds: readonly string[],
  workplace: Workplace,
): Readonly<Record<string, unknown>> {
  const found = entries.filter((entry) => entry.of === of)
  const faults = kinds.flatMap((kind) => {
    const count = found.filter((entry) => entry.kind === kind).length
    return count === 1 ? [] : [`the ${of} ${kind} has ${count} handlers`]
  })
  if (faults.length > 0) throw new Error(`every kind takes one handler: ${faults.join(', ')}`)
  return Object.fromEntries(found.map((entry) => [entry.kind, measured(entry, workplace)]))
}
