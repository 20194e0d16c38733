/** A float32 tensor, row-major. */
export interface FloatTensor {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/** What of a layer's output keeps its relevance. Channels lie on axis 1; positions are flat over the axes behind it. */
export type Selection =
  | { readonly kind: 'channels'; readonly channels: readonly number[] }
  | {
      readonly kind: 'neurons'
      readonly neurons: readonly { readonly channel: number; readonly positions: readonly number[] }[]
    }
  /** The span of orthonormal vectors over the channels, at every position. */
  | { readonly kind: 'span'; readonly basis: readonly Float64Array[] }

/** A selection that multiplies the relevance element by element. */
export type ElementSelection = Exclude<Selection, { readonly kind: 'span' }>

/** What the start relevance of a row is restricted to: classes, the class predicted, or nothing at all (null). */
export type Targets = readonly number[] | 'predicted' | null

/** What a compiled graph is fed to restrict the start relevance. */
export interface StartSelection {
  /** [K, classes, 1, ...]: ones where relevance starts. */
  readonly select: FloatTensor
  /** [K, 1, ...]: one for rows whose selection gains the predicted class. */
  readonly predicted: FloatTensor
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)
const ones = (count: number): number[] => Array.from({ length: count }, () => 1)

function fillRow(row: Float32Array, selection: ElementSelection, positions: number): void {
  if (selection.kind === 'channels') {
    for (const c of selection.channels) row.fill(1, c * positions, (c + 1) * positions)
    return
  }
  for (const { channel, positions: flat } of selection.neurons) {
    for (const position of flat) row[channel * positions + position] = 1
  }
}

/**
 * The mask of one layer for K rows: one where relevance stays, zero elsewhere (semantics.md, section 2). Rows that all
 * select whole channels share their value over the positions: [K, channels, 1, ...]; otherwise the mask has the layer's
 * own shape [K, channels, ...]. An empty selection blocks everything.
 * @param sizes the layer's output without its batch axis
 */
export function maskTensor(selections: readonly ElementSelection[], sizes: readonly number[]): FloatTensor {
  const whole = selections.every(({ kind }) => kind === 'channels')
  const axes = whole ? [sizes[0]!, ...ones(sizes.length - 1)] : sizes
  const size = product(axes)
  const data = new Float32Array(selections.length * size)
  selections.forEach((selection, i) => {
    fillRow(data.subarray(i * size, (i + 1) * size), selection, size / sizes[0]!)
  })
  return { dims: [selections.length, ...axes], data }
}

/**
 * What the start relevance of K rows is multiplied by (semantics.md, section 2): ones at the classes of `y` along axis
 * 1, all ones where a row has no `y`, zero everywhere where `y` is empty.
 * @param sizes the start tensor without its batch axis
 */
export function startSelection(targets: readonly Targets[], sizes: readonly number[]): StartSelection {
  const classes = sizes[0]!
  const rest = ones(sizes.length - 1)
  const select = new Float32Array(targets.length * classes)
  targets.forEach((target, i) => {
    const row = select.subarray(i * classes, (i + 1) * classes)
    if (target === null) row.fill(1)
    else if (target !== 'predicted') for (const c of target) row[c] = 1
  })
  return {
    select: { dims: [targets.length, classes, ...rest], data: select },
    predicted: {
      dims: [targets.length, 1, ...rest],
      data: Float32Array.from(targets, (target) => (target === 'predicted' ? 1 : 0)),
    },
  }
}

/** A start relevance that is one number everywhere: [1, 1, ...], broadcast to the start tensor. */
export const constantStart = (value: number, sizes: readonly number[]): FloatTensor => ({
  dims: [1, ...ones(sizes.length)],
  data: Float32Array.of(value),
})
