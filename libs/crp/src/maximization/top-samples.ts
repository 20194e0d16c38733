import { Column, type Entries } from './column.ts'

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

/** Rows that there is room for at first; most targets of a shard have few samples. */
const firstRows = 4

/** Rows that wait at most: they are sorted by insertion, and take room beside the best. */
const mostRows = 16

/** Bytes of one entry. */
const entryBytes = 12

const room = (size: number): Entries => ({
  values: new Float32Array(size),
  samples: new Int32Array(size),
  neurons: new Int32Array(size),
})

function copy(from: Entries, into: Entries, at: number): void {
  into.values.set(from.values, at)
  into.samples.set(from.samples, at)
  into.neurons.set(from.neurons, at)
}

const part = ({ values, samples, neurons }: Entries, start: number, end: number): Entries => ({
  values: values.subarray(start, end),
  samples: samples.subarray(start, end),
  neurons: neurons.subarray(start, end),
})

/**
 * The samples with the greatest values of every channel of a layer, at most `limit` of each. The order is total: value
 * descending, NaN last, then data-set index, then neuron. So the content does not depend on the order in which samples
 * and other collections are added: adding is associative and commutative as long as no sample is added twice.
 *
 * Rows wait as they came. Once there is no more room they are sorted, channel by channel, and merged with what was best before.
 */
export class TopSamples {
  readonly limit: number
  readonly channels: number
  #best: RankedSamples
  /** Whether others hold the best too, so that it may not be written to. */
  #isShared = false
  #waiting = room(0)
  #rows = 0

  constructor(channels: number, limit: number) {
    this.channels = channels
    this.limit = limit
    this.#best = { ranks: 0, channels, ...room(0) }
  }

  /** Samples that every channel holds. */
  get ranks(): number {
    return Math.min(this.limit, this.#best.ranks + this.#rows)
  }

  /** Bytes that the entries of a collection come to at most, however much is added to it. */
  static mostBytes(channels: number, limit: number): number {
    return entryBytes * channels * (limit + mostRows)
  }

  /** Bytes of the entries. */
  get byteLength(): number {
    return entryBytes * (this.#best.values.length + this.#waiting.values.length)
  }

  /** Takes a sample in where it is among the best; values are rounded to float32. */
  offer({ sample, values, neurons }: SampledConcepts): void {
    this.#makeRoom(1)
    const { channels } = this
    const into = this.#waiting
    const start = this.#rows++ * channels
    for (let channel = 0, i = start; channel < channels; channel++, i++) {
      into.values[i] = values[channel]!
      into.neurons[i] = neurons[channel]!
    }
    into.samples.fill(sample, start, start + channels)
  }

  /** Takes in what another collection of the same layer holds. Copies it: its arrays may lie in a much larger buffer. */
  add(ranked: RankedSamples): void {
    if (this.ranks === 0 && ranked.ranks <= this.limit) {
      const own = room(ranked.values.length)
      copy(ranked, own, 0)
      this.#best = { ranks: ranked.ranks, channels: this.channels, ...own }
      this.#isShared = false
      return
    }
    for (let from = 0; from < ranked.ranks; ) {
      const rows = Math.min(ranked.ranks - from, this.#makeRoom(ranked.ranks - from))
      const some = part(ranked, from * this.channels, (from + rows) * this.channels)
      copy(some, this.#waiting, this.#rows * this.channels)
      this.#rows += rows
      from += rows
    }
  }

  /** What is held, rank by rank. */
  ranked(): RankedSamples {
    this.#settle()
    this.#waiting = room(0)
    this.#isShared = true
    return this.#best
  }

  /** Makes room for some of a number of rows; tells for how many. */
  #makeRoom(wanted: number): number {
    const capacity = this.#waiting.values.length / this.channels
    if (this.#rows < capacity) return capacity - this.#rows
    if (capacity === mostRows) this.#settle()
    else this.#grow(Math.min(mostRows, Math.max(firstRows, 2 * capacity, capacity + wanted)))
    return this.#waiting.values.length / this.channels - this.#rows
  }

  #grow(rows: number): void {
    const into = room(rows * this.channels)
    copy(this.#waiting, into, 0)
    this.#waiting = into
  }

  #settle(): void {
    if (this.#rows === 0) return
    const { ranks, channels } = this
    const best = this.#best
    const stays = ranks === best.ranks && !this.#isShared
    const into = stays ? best : { ranks, channels, ...room(ranks * channels) }
    const column = new Column(this.#rows, best.ranks)
    for (let channel = 0; channel < channels; channel++) {
      const least = best.ranks === this.limit ? best.values.at(channel - channels)! : Number.NaN
      column.sort(this.#waiting, { channel, channels, least })
      if (!stays || column.length > 0) column.merge(this.#waiting, best, into, channel)
    }
    this.#best = into
    this.#isShared = false
    this.#rows = 0
  }
}
