/** Mixes the bits of a 32-bit number (the finalizer of SplitMix32 by C. Wellons, "lowbias32"). */
function mixed(word: number): number {
  let z = word >>> 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}

const goldenRatio = 0x9e3779b9
const two32 = 2 ** 32

/** State of four words from a seed of up to 53 bits and the number of a stream. */
function stateOf(seed: number, stream: number): [number, number, number, number] {
  let word = [seed % two32, Math.floor(seed / two32), stream].reduce(
    (hash, part) => mixed(hash ^ part),
    goldenRatio,
  )
  const next = () => {
    word = (word + goldenRatio) >>> 0
    return mixed(word)
  }
  // The generator must not start with zeros alone.
  return [next(), next(), next(), next() | 1]
}

const rotated = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0

/**
 * Uniform 32-bit numbers: xoshiro128** (Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators").
 * Equal seeds and streams give equal numbers on every machine.
 */
export function uniformWords(seed: number, stream: number): () => number {
  const s = stateOf(seed, stream)
  return () => {
    const result = Math.imul(rotated(Math.imul(s[1], 5), 7), 9) >>> 0
    const t = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotated(s[3], 11)
    return result
  }
}

/** Standard normal numbers of a stream: pairs by Box and Muller (1958) from uniform ones in (0, 1). */
export function normals(count: number, seed: number, stream: number): Float32Array {
  const word = uniformWords(seed, stream)
  const uniform = () => (word() + 0.5) / two32
  const values = new Float32Array(count)
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform()))
    const angle = 2 * Math.PI * uniform()
    values[i] = radius * Math.cos(angle)
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle)
  }
  return values
}
