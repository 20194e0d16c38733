import { type DecodedAttribution, notImplemented } from '@crp-serve/contracts'
import { compositeNames } from '@crp-serve/lrp'
import { ruleNames } from '../../libs/lrp/src/rules/rule.ts'
import { code, table } from './tables.ts'

/** A value of a request that the engine may or may not have yet. */
interface Probe {
  readonly text: string
  readonly request: object
}

const probe = (request: object): Probe => {
  const text = JSON.stringify(request)
  return { text: text.slice(1, -1), request }
}

const oneOf = (text: string, names: readonly string[], requestOf: (name: string) => object): Probe[] =>
  names.map((name) => ({ text: text.replace('…', name), request: requestOf(name) }))

const tensor = { shape: [1, 2], datatype: 'FP32', data: [0.1, 0.2] }
const attributors = ['gradient', 'input_x_gradient', 'smooth_grad', 'integrated_gradients', 'occlusion']

/** Everything of which the schema takes more than the engine may have, in the order of the request. */
const probes: readonly Probe[] = [
  probe({ inputs: [{ image: { part: 'image' } }] }),
  probe({ inputs: [{ tensor }] }),
  probe({ inputs: [{ dataset: 'd', index: 12 }] }),
  probe({ conditions: [{ y: 'predicted' }] }),
  probe({ conditions: [{ y: [1, 2] }] }),
  probe({ conditions: [{ y: [1], a: [50, 51] }] }),
  probe({ conditions: [{ y: [1], a: [50], b: [7] }] }),
  probe({ conditions: [{ y: [1], a: { '50': [7, 8] } }] }),
  probe({ conditions: [{ y: [1], a: { directions: [[0.5, -0.5]] } }] }),
  ...oneOf('"composite":"…"', compositeNames, (composite) => ({ composite })),
  ...oneOf('"rule":{"name":"…"}', ruleNames, (name) => ({ composite: { layers: [{ rule: { name } }] } })),
  { text: '"zero_params":["bias"]', request: { composite: { zero_params: ['bias'] } } },
  ...oneOf('"attributor":{"name":"…"}', attributors, (name) => ({ attributor: { name } })),
  probe({ start_layer: 'a' }),
  probe({ init_relevance: 'prediction' }),
  probe({ init_relevance: 1 }),
  probe({ init_relevance: 'absolute' }),
  probe({ init_relevance: tensor }),
  probe({ exclude_parallel: false }),
  probe({ output: { regions: [{ box: [0, 0, 8, 8] }] } }),
]

/** What of `POST /v1/attributions` is answered, by the very table that refuses the rest. */
export function implementedTable(): string[] {
  const rows = probes.map(({ text, request }) => {
    const findings = notImplemented(request as DecodedAttribution)
    return [code(text), findings.length === 0 ? 'yes' : 'no: 422 `not-implemented`']
  })
  return table([['value', 'answered'], ...rows])
}
