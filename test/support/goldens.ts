import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type NumpyArray, readNumpy } from './numpy.ts'

const here = dirname(fileURLToPath(import.meta.url))
/** The full set beside the repository where it is there, otherwise the compact part that is committed. */
const roots = [join(here, '../../../shared/goldens'), join(here, '../goldens')]

/** A condition as the reference writes it: `y`, and per layer channels or {channel: positions}. */
export type GoldenCondition = Readonly<Record<string, readonly number[] | Record<string, readonly number[]>>>

/** A tensor or number in a rule of case.json. */
export type GoldenBound =
  | number
  | { readonly tensor_shape: readonly number[]; readonly data: readonly number[] }

/** A stabilizer in a rule of case.json. */
export type GoldenStabilizer =
  | number
  | { epsilon: number; clip: boolean; norm_scale: boolean; dim: readonly number[] | null }

/** A rule of case.json with zennit's class and parameter names. */
export interface GoldenRule {
  readonly rule: string
  readonly epsilon?: GoldenStabilizer
  readonly stabilizer?: GoldenStabilizer
  readonly zero_params?: readonly string[] | null
  readonly alpha?: number
  readonly beta?: number
  readonly gamma?: number
  readonly low?: GoldenBound
  readonly high?: GoldenBound
  readonly beta_smooth?: number
}

/** Where the numbers start. */
export type GoldenStart =
  | null
  | { readonly type: 'ones_like' | 'abs' | 'square' }
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'tensor'; readonly file: string }

/** One export of the model and where its layers are in it. */
export interface GoldenVariant {
  readonly file: string
  readonly valid: boolean
  readonly layers: Readonly<Record<string, { readonly type: string; readonly tensor: string | null }>>
}

/** A canonizer of case.json. */
export type GoldenCanonizer =
  | string
  | { readonly named_merge_batchnorm: readonly (readonly [readonly string[], string])[] }

/** case.json of an attribution. */
export interface AttributionInfo {
  readonly kind: 'attribution'
  readonly model: string
  readonly variants: Readonly<Record<string, GoldenVariant>>
  readonly composite: { readonly composite: string }
  readonly resolved_rules: Readonly<Record<string, GoldenRule>>
  readonly canonizers: readonly GoldenCanonizer[]
  readonly conditions: readonly GoldenCondition[]
  readonly mask: 'mask' | 'mask_rf'
  readonly record_layers: readonly string[]
  readonly start_layer: string | null
  readonly init_rel: GoldenStart
  readonly exclude_parallel: boolean
  readonly rows: readonly { readonly sample: number; readonly condition: number }[]
  readonly tolerance: { readonly rtol_of_max?: number }
}

/** A channel of a layer as the reference writes it. */
export type GoldenNode = readonly [layer: string, concept: number]

/** case.json of an attribution graph. */
export interface GraphInfo
  extends Pick<
    AttributionInfo,
    'model' | 'variants' | 'composite' | 'resolved_rules' | 'canonizers' | 'tolerance'
  > {
  readonly kind: 'attribution_graph'
  readonly layers: readonly string[]
  readonly layer_name: string
  readonly concept_id: number
  readonly parameters: {
    readonly target?: number
    readonly width: readonly number[]
    readonly abs_norm?: boolean
    readonly parent_layer?: string
    readonly parent_c_id?: number
  }
  readonly input_layers: Readonly<Record<string, readonly string[]>>
  readonly expected_nodes: readonly GoldenNode[]
  readonly expected_connections: readonly {
    readonly from: GoldenNode
    readonly to: readonly (readonly [layer: string, concept: number, relevance: number])[]
  }[]
}

/** case.json of a feature visualization. */
export interface VisualizationInfo
  extends Pick<
    AttributionInfo,
    'model' | 'variants' | 'composite' | 'resolved_rules' | 'canonizers' | 'tolerance'
  > {
  readonly kind: 'feature_visualization'
  /** Paths of the samples and their classes, from the case's folder. */
  readonly data: string
  readonly targets: string
  /** What the stored values are multiplied by. */
  readonly data_scale?: number
  readonly n_samples: number
  readonly batch_size: number
  readonly layers: readonly string[]
  readonly max_target: 'sum' | 'max'
  readonly abs_norm: boolean
  readonly multitarget: boolean
  readonly sample_size: number
  /** Calls of `compute_stats` and what they gave. */
  readonly compute_stats: readonly {
    readonly layer: string
    readonly concept: number
    readonly mode: 'relevance' | 'activation'
    readonly top_N: number
    readonly mean_N: number
    readonly targets: readonly number[]
    readonly values: readonly number[]
  }[]
  /** Heatmaps of references: `array` is their path in `expected`. */
  readonly references: readonly GoldenReference[]
}

/** A call of `get_max_reference` or, with a target, `get_stats_reference`, and which samples it found. */
export interface GoldenReference {
  readonly array: string
  readonly mode: 'relevance' | 'activation'
  readonly layer: string
  readonly concept: number
  readonly target: number | null
  readonly r_range: readonly [from: number, to: number]
  readonly rf: boolean
  readonly sample_indices: readonly number[]
  readonly neuron_indices: readonly number[]
}

/** A case of the given kind with its folder. */
export interface GoldenCase<Info = AttributionInfo> {
  readonly name: string
  readonly folder: string
  readonly info: Info
}

/** Folder with `cases` and `models`. Throws when there is none. */
export function goldensRoot(): string {
  const root = roots.find((path) => existsSync(join(path, 'cases')))
  if (!root) throw new Error(`no golden cases in ${roots.join(' or ')}`)
  return root
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

function isAttribution(info: unknown): info is AttributionInfo {
  return typeof info === 'object' && info !== null && 'kind' in info && info.kind === 'attribution'
}

/** All cases of any kind, sorted by name. */
function allCases(): GoldenCase<unknown>[] {
  const cases = join(goldensRoot(), 'cases')
  return readdirSync(cases)
    .sort()
    .map((name) => ({ name, folder: join(cases, name), info: readJson(join(cases, name, 'case.json')) }))
}

/** All attribution cases of the given models, sorted by name. */
export const attributionCases = (models: readonly string[]): GoldenCase[] =>
  allCases().filter(
    (found): found is GoldenCase => isAttribution(found.info) && models.includes(found.info.model),
  )

/** All attribution graph cases, sorted by name. */
export const graphCases = (): GoldenCase<GraphInfo>[] =>
  allCases().filter(
    (found): found is GoldenCase<GraphInfo> => (found.info as GraphInfo).kind === 'attribution_graph',
  )

/** All feature visualization cases, sorted by name. */
export const visualizationCases = (): GoldenCase<VisualizationInfo>[] =>
  allCases().filter(
    (found): found is GoldenCase<VisualizationInfo> =>
      (found.info as VisualizationInfo).kind === 'feature_visualization',
  )

/** A case whose numbers several exports of its model can give. */
type CaseOfModel = GoldenCase<Pick<AttributionInfo, 'model' | 'variants'>>

/** Names of the export variants that can give the case's numbers: a fold can have removed a layer's tensor. */
export const validVariants = ({ info }: CaseOfModel): string[] =>
  Object.keys(info.variants).filter((name) => {
    const { valid, layers } = info.variants[name]!
    return valid && Object.values(layers).every((layer) => layer.tensor !== null)
  })

/** The bytes of the case's model in one of its variants. */
export const modelBytes = ({ folder, info }: CaseOfModel, variant: string): Uint8Array =>
  readFileSync(join(folder, info.variants[variant]!.file))

/** The model card: every module of the model and where it is in every variant. */
export const modelCard = ({ info }: GoldenCase): unknown =>
  readJson(join(goldensRoot(), 'models', `${info.model}.json`))

/** An array of the case by its path in the case's folder (`input.npy`, `init_rel.npy`). */
export const caseArray = ({ folder }: GoldenCase<unknown>, path: string): NumpyArray =>
  readNumpy(join(folder, path))

/** The expected arrays by name: `heatmap`, `relevance/<layer>` ... */
export const expectedArrays = (golden: GoldenCase<unknown>): Map<string, NumpyArray> =>
  arraysIn(golden, 'expected')

/** The arrays of a case in one of its folders, by their paths in it. */
export function arraysIn({ folder }: GoldenCase<unknown>, name: string): Map<string, NumpyArray> {
  const root = join(folder, name)
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const name = relative(root, path)
        .split(sep)
        .join('/')
        .replace(/\.npy$/, '')
      return [name, readNumpy(path)]
    }),
  )
}
