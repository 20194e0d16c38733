import { type RankedSamples, type SampledConcepts, TopSamples } from './top-samples.ts'

/** How the best samples of a layer's channels are collected. */
export interface MaximaOptions {
  /** Samples kept for each channel. */
  readonly topK: number
  /** Whether they are kept for each target too. */
  readonly statistics: boolean
}

/** The best samples of a layer's channels over all targets, and for each target alone. */
export interface RankedMaxima {
  readonly all: RankedSamples
  /** By target; empty where no statistics are kept. */
  readonly byTarget: ReadonlyMap<number, RankedSamples>
}

/**
 * What zennit-crp calls Maximization and Statistics, for one layer and one mode: the best samples of every channel, and the
 * best ones among those of each target. Both have the order of {@link TopSamples}.
 */
export class LayerMaxima {
  readonly channels: number
  readonly #options: MaximaOptions
  readonly #all: TopSamples
  readonly #byTarget = new Map<number, TopSamples>()

  constructor(channels: number, options: MaximaOptions) {
    this.channels = channels
    this.#options = options
    this.#all = new TopSamples(channels, options.topK)
  }

  /** Takes in what a sample says of the channels when it is explained for a target. */
  offer(target: number, sampled: SampledConcepts): void {
    this.#all.offer(sampled)
    if (this.#options.statistics) this.#of(target).offer(sampled)
  }

  /** Takes in what was collected of other samples. */
  add({ all, byTarget }: RankedMaxima): void {
    this.#all.add(all)
    for (const [target, ranked] of byTarget) this.#of(target).add(ranked)
  }

  /** What is held, targets in ascending order. */
  ranked(): RankedMaxima {
    const targets = [...this.#byTarget].sort(([a], [b]) => a - b)
    return {
      all: this.#all.ranked(),
      byTarget: new Map(targets.map(([target, top]) => [target, top.ranked()])),
    }
  }

  #of(target: number): TopSamples {
    const known = this.#byTarget.get(target)
    if (known) return known
    const top = new TopSamples(this.channels, this.#options.topK)
    this.#byTarget.set(target, top)
    return top
  }
}

/** The maxima of all samples from those of disjoint parts of them, in any order. */
export function mergeMaxima(
  parts: Iterable<RankedMaxima>,
  channels: number,
  options: MaximaOptions,
): RankedMaxima {
  const merged = new LayerMaxima(channels, options)
  for (const part of parts) merged.add(part)
  return merged.ranked()
}
