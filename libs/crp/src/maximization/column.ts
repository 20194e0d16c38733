import type { RankedSamples } from './top-samples.ts'

/** Entries in rows, row-major [rows, channels]. */
export type Entries = Pick<RankedSamples, 'values' | 'samples' | 'neurons'>

/** One channel of rows, best entry first, and what was best before. */
export class Column {
  readonly #rows: number
  readonly #values: Float32Array
  /** Where the entries lie among those of all channels. */
  readonly #places: Int32Array
  readonly #held: Entries
  #length = 0

  /**
   * @param rows that are sorted
   * @param ranks of what was best before
   */
  constructor(rows: number, ranks: number) {
    this.#rows = rows
    this.#values = new Float32Array(rows)
    this.#places = new Int32Array(rows)
    this.#held = {
      values: new Float32Array(ranks),
      samples: new Int32Array(ranks),
      neurons: new Int32Array(ranks),
    }
  }

  /** Entries that were sorted. */
  get length(): number {
    return this.#length
  }

  /** Sorts a channel's entries by insertion, but for those that are less than `least`. */
  sort(
    { values, samples, neurons }: Entries,
    { channel, channels, least }: { channel: number; channels: number; least: number },
  ): void {
    const [own, places] = [this.#values, this.#places]
    let length = 0
    for (let row = 0, place = channel; row < this.#rows; row++, place += channels) {
      const value = values[place]!
      if (value < least) continue
      let at = length++
      for (; at > 0; at--) {
        const [other, otherPlace] = [own[at - 1]!, places[at - 1]!]
        const isBefore =
          value > other ||
          (!(value < other) &&
            isFirst(
              [value, samples[place]!, neurons[place]!],
              [other, samples[otherPlace]!, neurons[otherPlace]!],
            ))
        if (!isBefore) break
        own[at] = other
        places[at] = otherPlace
      }
      own[at] = value
      places[at] = place
    }
    this.#length = length
  }

  /** Fills the ranks of the channel with the best of `rows`, which are sorted, and of `best`; `into` may be `best`. */
  merge(rows: Entries, best: RankedSamples, into: RankedSamples, channel: number): void {
    const [own, places, length, held] = [this.#values, this.#places, this.#length, this.#held]
    this.#hold(best, channel)
    const { values, samples, neurons, ranks, channels } = into
    let next = 0
    let kept = 0
    for (let i = channel; i < ranks * channels; i += channels) {
      const place = next < length ? places[next]! : -1
      let isNext = kept === best.ranks
      if (!isNext && place >= 0) {
        const [value, other] = [own[next]!, held.values[kept]!]
        isNext =
          value > other ||
          (!(value < other) &&
            isFirst(
              [value, rows.samples[place]!, rows.neurons[place]!],
              [other, held.samples[kept]!, held.neurons[kept]!],
            ))
      }
      if (isNext) {
        values[i] = own[next++]!
        samples[i] = rows.samples[place]!
        neurons[i] = rows.neurons[place]!
      } else {
        values[i] = held.values[kept]!
        samples[i] = held.samples[kept]!
        neurons[i] = held.neurons[kept++]!
      }
    }
  }

  #hold({ values, samples, neurons, ranks, channels }: RankedSamples, channel: number): void {
    const held = this.#held
    for (let rank = 0, i = channel; rank < ranks; rank++, i += channels) {
      held.values[rank] = values[i]!
      held.samples[rank] = samples[i]!
      held.neurons[rank] = neurons[i]!
    }
  }
}

type Entry = readonly [value: number, sample: number, neuron: number]

/** The total order of entries of which neither has the greater value. */
function isFirst([value, sample, neuron]: Entry, [other, otherSample, otherNeuron]: Entry): boolean {
  const missing = Number.isNaN(value)
  if (missing !== Number.isNaN(other)) return !missing
  return sample < otherSample || (sample === otherSample && neuron < otherNeuron)
}
