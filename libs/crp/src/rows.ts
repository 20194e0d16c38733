/** How samples and conditions become rows (api.md, `pairing`). */
export type Pairing = 'product' | 'zip'

/** One row of the result: a sample explained under a condition. */
export interface Row {
  /** Position in the result. */
  readonly index: number
  readonly sample: number
  readonly condition: number
}

/** Rows that share one forward pass; their pieces run on it one after the other. */
export interface Batch {
  /** The samples to feed: one that all rows share, or one for each row of the only piece. */
  readonly samples: readonly number[]
  readonly pieces: readonly (readonly Row[])[]
}

/**
 * The rows of a request in the order of its answer: `product` crosses samples and conditions, sample-major; `zip`
 * pairs them.
 * @throws RangeError where `zip` gets unequal counts; requests are checked for that before
 */
export function planRows(samples: number, conditions: number, pairing: Pairing): Row[] {
  if (pairing === 'product') {
    return Array.from({ length: samples * conditions }, (_, index) => ({
      index,
      sample: Math.floor(index / conditions),
      condition: index % conditions,
    }))
  }
  if (samples !== conditions) throw new RangeError(`${samples} samples cannot be zipped with ${conditions}`)
  return Array.from({ length: samples }, (_, index) => ({ index, sample: index, condition: index }))
}

/** The rows by a key of theirs, the groups in order of their first row, the rows of each in order of the result. */
export function groupRows(rows: readonly Row[], keyOf: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return [...groups.values()]
}

/** How rows may be put together. */
export interface BatchLimits {
  /** Most rows of one piece. */
  readonly rows: number
  /** Most pieces of one batch. */
  readonly pieces: number
  /** Whether a batch may hold several samples; a model with a fixed batch size of one takes them one at a time. */
  readonly severalSamples: boolean
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))

/**
 * Cuts rows of one plan into batches of bounded pieces. Rows of one sample ride on one forward pass of it; samples with
 * a single row are put together, one for each row.
 * @param shared rows that ride on one sample stand in one piece only if they agree in this key, so that what they share
 *   is computed once; null puts any of them together
 */
export function batches(
  rows: readonly Row[],
  limits: BatchLimits,
  shared: ((row: Row) => string) | null = null,
): Batch[] {
  const bySample = groupRows(rows, ({ sample }) => String(sample))
  const isAlone = (group: readonly Row[]) => limits.severalSamples && group.length === 1
  const paired = chunks(bySample.filter(isAlone).flat(), limits.rows)
  const riding = bySample.filter((group) => !isAlone(group))
  const cut = (group: readonly Row[]) =>
    (shared ? groupRows(group, shared) : [group]).flatMap((part) => chunks(part, limits.rows))
  return [
    ...paired.map((piece) => ({ samples: piece.map(({ sample }) => sample), pieces: [piece] })),
    ...riding.flatMap((group) =>
      chunks(cut(group), limits.pieces).map((pieces) => ({ samples: [group[0]!.sample], pieces })),
    ),
  ]
}
