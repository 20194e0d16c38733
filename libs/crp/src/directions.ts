import type { FloatTensor, Selection } from './masks.ts'

/** Why directions say nothing; `direction` is the index of the one at fault, or null where it is all of them. */
export class DirectionError extends Error {
  readonly code = 'direction-invalid'
  readonly direction: number | null

  constructor(direction: number | null, message: string) {
    super(message)
    this.name = 'DirectionError'
    this.direction = direction
  }
}

/** What is left of a vector besides the span of those before it, over its length, below which it lies in that span. */
const dependenceLimit = 1e-10

const largest = (vector: ArrayLike<number>): number =>
  Array.from(vector).reduce((top, value) => Math.max(top, Math.abs(value)), 0)

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

const length = (vector: Float64Array): number => Math.sqrt(dot(vector, vector))

/** A vector of length one; dividing by the largest entry first keeps squares from overflowing. */
function normalized(vector: ArrayLike<number>): Float64Array {
  const top = largest(vector)
  const scaled = Float64Array.from(vector, (value) => value / top)
  const norm = length(scaled)
  return scaled.map((value) => value / norm)
}

/** A vector less its parts along orthonormal ones; twice, because once leaves rounding behind (Giraud et al. 2005). */
function orthogonalized(vector: Float64Array, basis: readonly Float64Array[]): Float64Array {
  let rest = vector
  for (let pass = 0; pass < 2; pass++) {
    for (const column of basis) {
      const share = dot(rest, column)
      rest = rest.map((value, i) => value - share * column[i]!)
    }
  }
  return rest
}

/**
 * An orthonormal basis of the span of vectors, in float64 (Gram-Schmidt with the most independent vector next). With Q its
 * matrix, Q Q' is the projection W W+ of the matrix W of the vectors and its pseudo-inverse, whatever their rank.
 */
export function spanBasis(vectors: readonly (readonly number[])[]): readonly Float64Array[] {
  const basis: Float64Array[] = []
  let rest = vectors.map((vector) => normalized(vector))
  while (rest.length > 0) {
    const lengths = rest.map(length)
    const next = lengths.indexOf(Math.max(...lengths))
    if (lengths[next]! < dependenceLimit) break
    const column = normalized(orthogonalized(rest[next]!, basis))
    basis.push(column)
    rest = rest.filter((_, i) => i !== next).map((vector) => orthogonalized(vector, [column]))
  }
  return basis
}

function checkDirections(vectors: readonly (readonly number[])[], channels: number): void {
  if (vectors.length > channels) {
    const message = `${vectors.length} directions are more than the ${channels} channels of the layer, whose space they cover`
    throw new DirectionError(null, message)
  }
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== channels) {
      const message = `has ${vector.length} weights, but the layer has ${channels} channels: one weight for each`
      throw new DirectionError(i, message)
    }
    if (largest(vector) === 0) throw new DirectionError(i, 'is zero, and points nowhere')
  }
}

/** The channel of a vector with a single weight, or null. */
function onlyChannel(vector: readonly number[]): number | null {
  const channel = vector.findIndex((weight) => weight !== 0)
  return vector.every((weight, i) => weight === 0 || i === channel) ? channel : null
}

/**
 * What directions in channel space keep of a layer's relevance. Vectors that are channels each are these channels, so that
 * they give exactly what channels give.
 * @throws DirectionError for a vector of zeros or of the wrong size, and for more vectors than channels
 */
export function directionSelection(vectors: readonly (readonly number[])[], channels: number): Selection {
  checkDirections(vectors, channels)
  const single = vectors.map(onlyChannel)
  if (single.every((channel) => channel !== null)) return { kind: 'channels', channels: single }
  return { kind: 'span', basis: spanBasis(vectors) }
}

/**
 * The bases of K rows as one tensor [K, channels, directions]; rows with fewer directions are filled up with columns of
 * zeros, which span nothing.
 */
export function basisTensor(bases: readonly (readonly Float64Array[])[], channels: number): FloatTensor {
  const columns = Math.max(...bases.map((basis) => basis.length))
  const data = new Float32Array(bases.length * channels * columns)
  bases.forEach((basis, row) => {
    basis.forEach((column, j) => {
      column.forEach((value, i) => {
        data[(row * channels + i) * columns + j] = value
      })
    })
  })
  return { dims: [bases.length, channels, columns], data }
}
