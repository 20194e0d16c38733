/** Samples of one channel of the best ranks; row-major [ranks, channels], as zennit-crp stores them. */
export interface RankedSamples {
  readonly ranks: number
  readonly channels: number
  /** What the samples are ranked by: relevance or activation. */
  readonly values: Float32Array
  /** Data-set indices. */
  readonly samples: Int32Array
  /** Flat position, row-major, where the channel is greatest in the sample. */
  readonly neurons: Int32Array
}

/** What one sample says of every channel of a layer. */
export interface SampledConcepts {
  /** Data-set index, below 2^31. */
  readonly sample: number
  readonly values: ArrayLike<number>
  readonly neurons: ArrayLike<number>
}

/** Ranks that there is room for at first; most targets of a shard have few samples. */
const firstCapacity = 4

/**
 * The samples with the greatest values of every channel of a layer, at most `limit` of each. The order is total: value
 * descending, NaN last, then data-set index, then neuron. So the content does not depend on the order in which samples
 * and other collections are added: adding is associative and commutative as long as no sample is added twice.
 */
export class TopSamples {
  readonly limit: number
  readonly channels: number
  #count = 0
  #capacity: number
  // One run of `capacity` entries for each channel, best first.
  #values: Float32Array
  #samples: Int32Array
  #neurons: Int32Array

  constructor(channels: number, limit: number) {
    this.channels = channels
    this.limit = limit
    this.#capacity = Math.min(limit, firstCapacity)
    this.#values = new Float32Array(channels * this.#capacity)
    this.#samples = new Int32Array(channels * this.#capacity)
    this.#neurons = new Int32Array(channels * this.#capacity)
  }

  /** Samples that every channel holds. */
  get ranks(): number {
    return this.#count
  }

  /** Bytes of the entries. */
  get byteLength(): number {
    return 12 * this.channels * this.#capacity
  }

  /** Takes a sample in where it is among the best; values are rounded to float32. */
  offer({ sample, values, neurons }: SampledConcepts): void {
    const held = this.#makeRoom()
    for (let channel = 0; channel < this.channels; channel++) {
      this.#insert(channel, held, Math.fround(values[channel]!), sample, neurons[channel]!)
    }
  }

  /** Takes in what another collection of the same layer holds. */
  add({ ranks, channels, values, samples, neurons }: RankedSamples): void {
    for (let rank = 0; rank < ranks; rank++) {
      const held = this.#makeRoom()
      for (let channel = 0, i = rank * channels; channel < channels; channel++, i++) {
        this.#insert(channel, held, values[i]!, samples[i]!, neurons[i]!)
      }
    }
  }

  /** What is held, rank by rank. */
  ranked(): RankedSamples {
    const { channels } = this
    const ranks = this.#count
    const inRanks = <T extends Float32Array | Int32Array>(runs: T, into: T): T => {
      for (let rank = 0, i = 0; rank < ranks; rank++)
        for (let channel = 0; channel < channels; channel++, i++)
          into[i] = runs[channel * this.#capacity + rank]!
      return into
    }
    return {
      ranks,
      channels,
      values: inRanks(this.#values, new Float32Array(ranks * channels)),
      samples: inRanks(this.#samples, new Int32Array(ranks * channels)),
      neurons: inRanks(this.#neurons, new Int32Array(ranks * channels)),
    }
  }

  /** Grows by one rank unless all there may be are there; tells how many entries each channel held before. */
  #makeRoom(): number {
    const held = this.#count
    if (held === this.limit) return held
    if (held === this.#capacity) this.#grow()
    this.#count = held + 1
    return held
  }

  #grow(): void {
    const capacity = Math.min(this.limit, 2 * this.#capacity)
    const spread = <T extends Float32Array | Int32Array>(runs: T, into: T): T => {
      for (let channel = 0; channel < this.channels; channel++) {
        const start = channel * this.#capacity
        into.set(runs.subarray(start, start + this.#capacity), channel * capacity)
      }
      return into
    }
    const size = this.channels * capacity
    this.#values = spread(this.#values, new Float32Array(size))
    this.#samples = spread(this.#samples, new Int32Array(size))
    this.#neurons = spread(this.#neurons, new Int32Array(size))
    this.#capacity = capacity
  }

  /** Puts an entry at its place among the `held` ones of a channel; the last one makes way where there is no room. */
  #insert(channel: number, held: number, value: number, sample: number, neuron: number): void {
    const [values, samples, neurons] = [this.#values, this.#samples, this.#neurons]
    const start = channel * this.#capacity
    let at = start + held
    while (at > start) {
      const last = at - 1
      if (!isBefore(value, sample, neuron, values[last]!, samples[last]!, neurons[last]!)) break
      if (last < start + this.limit - 1) {
        values[at] = values[last]!
        samples[at] = samples[last]!
        neurons[at] = neurons[last]!
      }
      at = last
    }
    if (at === start + this.limit) return
    values[at] = value
    samples[at] = sample
    neurons[at] = neuron
  }
}

/** The total order of entries. */
function isBefore(
  value: number,
  sample: number,
  neuron: number,
  otherValue: number,
  otherSample: number,
  otherNeuron: number,
): boolean {
  if (value > otherValue) return true
  if (value < otherValue) return false
  const missing = Number.isNaN(value)
  if (missing !== Number.isNaN(otherValue)) return !missing
  return sample < otherSample || (sample === otherSample && neuron < otherNeuron)
}
