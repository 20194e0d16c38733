import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { requestComposite } from './golden-request.ts'
import { type AttributionInfo, type GoldenCase, goldensRoot } from './goldens.ts'
import { readNumpy } from './numpy.ts'

/** case.json of an attributor. */
interface AttributorInfo extends Omit<AttributionInfo, 'kind'> {
  readonly kind: 'attributor'
  readonly attributor: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly attr_output: { readonly mode: string; readonly targets: readonly number[] }
}

export type AttributorCase = GoldenCase<AttributorInfo>

/** All attributor cases, sorted by name. */
export function attributorCases(): AttributorCase[] {
  const cases = join(goldensRoot(), 'cases')
  return readdirSync(cases)
    .filter((name) => name.startsWith('attributor_'))
    .sort()
    .map((name) => {
      const folder = join(cases, name)
      const info = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as AttributorInfo
      return { name, folder, info }
    })
}

const names: Readonly<Record<string, string>> = {
  Gradient: 'gradient',
  SmoothGrad: 'smooth_grad',
  IntegratedGradients: 'integrated_gradients',
  Occlusion: 'occlusion',
}

/** Where relevance starts: the output at the targets, or ones there. */
const starts: Readonly<Record<string, 'prediction' | number>> = {
  'one-hot': 1,
  'output at target': 'prediction',
}

/** An attributor case as a request, its tensors as `tensor` makes them. Sample i is explained for target i. */
export function attributorRequest<T>(
  { folder, info }: AttributorCase,
  model: string,
  tensor: (shape: readonly number[], data: ArrayLike<number>) => T,
) {
  const array = (name: string) => {
    const { shape, data } = readNumpy(join(folder, name))
    return tensor(shape, data)
  }
  const { noise, ...parameters } = info.parameters
  const { mode, targets } = info.attr_output
  return {
    model,
    inputs: [{ tensor: array('input.npy') }],
    conditions: targets.map((target) => ({ y: [target] })),
    pairing: 'zip' as const,
    composite: requestComposite(info as unknown as AttributionInfo),
    attributor: {
      name: names[info.attributor],
      ...parameters,
      ...(noise === undefined ? {} : { noise: array('noise.npy') }),
    },
    init_relevance: starts[mode],
    output: {
      heatmap: ['tensor' as const],
      per_channel: true,
      prediction: { top: 1, tensor: true },
    },
  }
}
