import { fused } from '../through-nodes.ts'
import { fusedLayer } from './fused.ts'
import { any, constant, node, product, sum, type Term, x } from './match.ts'
import type { LayerPattern } from './pattern.ts'

const mean = (term: Term): Term => node('ReduceMean', term, constant())
const squared = (term: Term): Term => any(node('Pow', term, constant(2)), product(term, term))
const deviation = (variance: Term): Term => node('Sqrt', sum(variance, constant()))

/** A quotient, as such or as a product with the reciprocal. */
const over = (numerator: Term, denominator: Term): Term =>
  any(node('Div', numerator, denominator), product(numerator, node('Reciprocal', denominator)))

/** With a learned scale and bias, one of them, or none. */
const affine = (term: Term): Term =>
  any(sum(product(term, constant()), constant()), product(term, constant()), sum(term, constant()), term)

const centred = node('Sub', x, mean(x))

/** (x - mean) / sqrt(variance + epsilon), its statistics over constant axes (Ba et al. 2016). */
const layerNorm = affine(over(centred, deviation(mean(squared(centred)))))

/** x / sqrt(mean of x^2 + epsilon) (Zhang and Sennrich 2019). */
const rmsNorm = affine(over(x, deviation(mean(squared(x)))))

/** Every normalization of several nodes. */
export const normalizations: readonly LayerPattern[] = [
  fusedLayer(
    fused('LayerNorm', 'normalization', () => false),
    layerNorm,
  ),
  fusedLayer(
    fused('RMSNorm', 'normalization', () => false),
    rmsNorm,
  ),
]
