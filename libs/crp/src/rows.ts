/** How samples and conditions become rows (api.md, `pairing`). */
export type Pairing = 'product' | 'zip'

/** One row of the result: a sample explained under a condition. */
export interface Row {
  /** Position in the result. */
  readonly index: number
  readonly sample: number
  readonly condition: number
}

/** Rows that one run of a compiled graph computes together. */
export interface Piece {
  readonly rows: readonly Row[]
  /** The samples to feed: one that all rows share, or one for each row. */
  readonly samples: readonly number[]
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
export interface PieceLimits {
  /** Most rows of one piece. */
  readonly rows: number
  /** Whether a piece may hold several samples; a model with a fixed batch size of one takes them one at a time. */
  readonly severalSamples: boolean
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))

/**
 * Cuts rows of one plan into pieces of a bounded batch. Rows of one sample ride together on one forward pass of it;
 * samples with a single row are put together, one for each row.
 */
export function pieces(rows: readonly Row[], limits: PieceLimits): Piece[] {
  const bySample = groupRows(rows, ({ sample }) => String(sample))
  const alone = (group: readonly Row[]) => limits.severalSamples && group.length === 1
  const paired = chunks(bySample.filter(alone).flat(), limits.rows)
  const riding = bySample.filter((group) => !alone(group)).flatMap((group) => chunks(group, limits.rows))
  return [
    ...paired.map((piece) => ({ rows: piece, samples: piece.map(({ sample }) => sample) })),
    ...riding.map((piece) => ({ rows: piece, samples: [piece[0]!.sample] })),
  ]
}
