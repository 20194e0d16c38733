import { activations } from './activations.ts'
import { fullyConnected } from './fully-connected.ts'
import { normalizations } from './normalizations.ts'
import type { LayerPattern } from './pattern.ts'
import { rearrangement } from './rearrangement.ts'
import { stackedSum } from './stacked-sum.ts'
import { stridedView } from './strided-view.ts'

/** Every pattern that makes one layer of several nodes; the first that fits a node wins. */
export const patterns: readonly LayerPattern[] = [
  fullyConnected,
  stackedSum,
  ...activations,
  ...normalizations,
  rearrangement,
  stridedView,
]
