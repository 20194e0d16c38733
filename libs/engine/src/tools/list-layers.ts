import type { LayerList } from '@crp-serve/contracts'
import type { Assigned, CompositeSpec, Explainable, Layer } from '@crp-serve/lrp'
import { receptiveFields } from '../receptive-field.ts'
import { layerSizes, sourcesOf } from './describe.ts'
import { locatedRules } from './located-rules.ts'

/** How the layers of a model are listed. */
export interface ListRequest {
  readonly composite: CompositeSpec
  /** Whether the model leaves the size of its input open, so that sizes behind the channels mean nothing. */
  readonly openSize: boolean
}

/** The rule of a layer, and what gave it. */
export const ruleOf = ({ obstacle }: Layer, { rule, because }: Assigned) =>
  obstacle
    ? { rule: null, because: `relevance cannot pass: ${obstacle.reason}` }
    : { rule: rule.name, because }

/** Every layer of a model with the rule that a composite gives it, in graph order. */
export function listLayers(
  explainable: Explainable,
  { composite, openSize }: ListRequest,
): LayerList['layers'] {
  const rules = locatedRules(explainable, composite)
  const fields = receptiveFields(explainable)
  const inputs = sourcesOf(explainable.layers)
  return explainable.layers.map((layer) => {
    const sizes = layerSizes(explainable, layer)
    const shape = sizes?.map((size, axis) => (openSize && axis > 0 ? null : size)) ?? []
    return {
      name: layer.name,
      aliases: [...layer.aliases],
      op: layer.node.op,
      output_shape: ['N', ...shape],
      concepts: sizes?.[0] ?? null,
      receptive_field: fields.get(layer)?.map(({ size }) => size) ?? null,
      inputs: inputs(layer),
      ...ruleOf(layer, rules.get(layer)!),
    }
  })
}
