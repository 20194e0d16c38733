import type { GraphFacts } from '../compile/facts.ts'

/** Why a tensor cannot hold relevance in rows, one for each sample, or null. */
export function misshapen(tensor: string, facts: GraphFacts): string | null {
  const { shape } = facts.type(tensor)
  const [batch, ...rest] = shape
  const isBatch = typeof batch === 'object' && batch.batch === 1
  if (isBatch && rest.every((dim) => typeof dim === 'number')) return null
  return shape.some((dim) => typeof dim === 'object')
    ? `the first axis of ${tensor} is not the batch axis`
    : `${tensor} has no batch axis: it mixes samples`
}
