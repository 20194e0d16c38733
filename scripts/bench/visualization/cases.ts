import type { Model } from '@crp-serve/onnx'
import type { BenchModel } from '../cases.ts'

/** A feature visualization of all convolutions of a model, beside zennit-crp's `FeatureVisualization.run`. */
export interface VisualizationCase {
  readonly name: string
  readonly model: BenchModel
  /** Images of one run; every run has images of its own. */
  readonly images: number
  /** Images at once with which the peer runs. */
  readonly peerBatch: number
  /** Runs that are timed, after one that is not. */
  readonly rounds: number
  readonly targetSpeedup: number
}

/** A run has fixed costs on both sides, which a real data set makes small. */
const sizes = { images: 32, peerBatch: 8, rounds: 2 } as const

export const visualizationCases: readonly VisualizationCase[] = [
  { name: 'VGG16, feature visualization, 13 layers', model: 'vgg16', targetSpeedup: 3, ...sizes },
  { name: 'ResNet50, feature visualization, 53 layers', model: 'resnet50', targetSpeedup: 5, ...sizes },
]

/** Images that a case needs: for the first run, those that are timed, and the one whose memory is measured. */
export const imagesOf = ({ images, rounds }: VisualizationCase): number => images * (rounds + 2)

/** The images of a round, which counts from 1, as a half-open range. */
export const rangeOf = ({ images }: VisualizationCase, round: number): readonly [number, number] => [
  images * (round - 1),
  images * round,
]

/** The convolutions of a model by their names. */
export function convolutionsOf({ graph }: Model): string[] {
  const weights = [...graph.initializers].filter(([, { dims }]) => dims.length === 4)
  return weights.map(([name]) => name.replace(/\.weight$/, ''))
}
