/**
 * Writes the compact part of the reference cases that is committed beside this file; README.md says what is in it.
 * Usage, in the repository: node --import tsx test/goldens/select-cases.ts FOLDER_OF_ALL_CASES
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the selection looks at in case.json. */
interface CaseInfo {
  readonly kind: string
  readonly model: string
  readonly composite?: { readonly composite: string }
  /** Samples of a data set and their classes, from the case's folder. */
  readonly data?: string
  readonly targets?: string
  readonly variants: Readonly<
    Record<
      string,
      { readonly file: string; readonly layers?: Readonly<Record<string, { tensor: string | null }>> }
    >
  >
}

interface Case {
  readonly name: string
  readonly info: CaseInfo
  readonly bytes: number
}

/** Models of which the smallest case with every kind of composite is taken. */
const models = [
  ...['vgg', 'vggbn', 'maxnet', 'avgnet', 'convs', 'conv1d', 'mlp'],
  ...['resbasic', 'resbottle', 'reshape', 'dense', 'parnet'],
]

/** One case for everything that conditions, starts and rules can be besides, and those that single tests name. */
const named = [
  ...['crp_empty_block', 'crp_gradient_mask', 'crp_init_abs', 'crp_init_no_y'],
  ...['crp_init_tensor', 'crp_linear_mask', 'crp_mask_rf_many', 'crp_mixed_keys_noexcl'],
  ...['crp_multi_layer', 'crp_multi_layer_noexcl', 'crp_broadcast_pairwise'],
  ...['crp_parnet_block_side', 'crp_parnet_seq_excl', 'crp_parnet_start_sum'],
  ...['crp_dense_layer_excl', 'crp_conv1d', 'crp_mlp'],
  ...['crp_start_layer', 'crp_three_layers'],
  ...['arch_reshape_epsilon_plus', 'arch_vgg_epsilon_plus_flat', 'arch_vgg_gradient'],
  ...['arch_vggbn_epsilon_plus', 'arch_resbasic_epsilon_plus_flat', 'rule_first_conv_zbox_full_tensor'],
  ...['fv_sum_normed', 'fv_max_unnormed'],
]

/** Kinds of cases that are taken whole. */
const wholeKinds = ['attributor', 'attribution_graph']

/** The largest exports, of which other models' exports of the same kind stand in. */
const leftOut = ['dense.dyn_bn', 'parnet.dyn_bn', 'resbasic.dyn_bn', 'resbottle.dyn_bn']

const target = dirname(fileURLToPath(import.meta.url))

const parse = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

function allCases(source: string): Case[] {
  return readdirSync(join(source, 'cases'))
    .filter((name) => !name.startsWith('peer_'))
    .sort()
    .map((name) => {
      const folder = join(source, 'cases', name)
      const bytes = filesBelow(folder).reduce((sum, path) => sum + readFileSync(path).length, 0)
      return { name, info: parse(join(folder, 'case.json')) as CaseInfo, bytes }
    })
}

/** The smallest case of every model and kind of composite. */
function smallest(cases: readonly Case[]): string[] {
  const best = new Map<string, Case>()
  for (const candidate of cases) {
    const { kind, model, composite } = candidate.info
    if (kind !== 'attribution' || !models.includes(model)) continue
    const key = `${model} ${composite!.composite}`
    if ((best.get(key)?.bytes ?? Number.POSITIVE_INFINITY) > candidate.bytes) best.set(key, candidate)
  }
  return [...best.values()].map(({ name }) => name)
}

function selected(cases: readonly Case[]): Case[] {
  const names = new Set([...smallest(cases), ...named])
  const missing = named.filter((name) => !cases.some((found) => found.name === name))
  if (missing.length > 0) throw new Error(`there are no cases ${missing}`)
  return cases.filter(({ name, info }) => names.has(name) || wholeKinds.includes(info.kind))
}

const variantsOf = ({ model, variants }: CaseInfo): CaseInfo['variants'] =>
  Object.fromEntries(Object.entries(variants).filter(([name]) => !leftOut.includes(`${model}.${name}`)))

/** Expected arrays that only the first case of a model keeps: activations do not depend on the composite, ... */
const once = ['activation']
/** ... and of a case that stands for its composite the relevance at the input says the rest. */
const onceOfComposite = [...once, 'relevance', 'heatmap.npy']

/** Where an export has no name for a layer, the reference finds the layer by its activation. */
const isLocated = ({ variants }: CaseInfo): boolean =>
  Object.values(variants).every(({ layers }) =>
    Object.values(layers ?? {}).every(({ tensor }) => tensor !== null),
  )

function copyCase(source: string, { name, info }: Case, isFirst: boolean): void {
  const folder = join(target, 'cases', name)
  cpSync(join(source, 'cases', name), folder, { recursive: true })
  const spared = named.includes(name) || wholeKinds.includes(info.kind) ? once : onceOfComposite
  for (const array of isFirst || !isLocated(info) ? [] : spared) {
    rmSync(join(folder, 'expected', array), { recursive: true, force: true })
  }
  writeFileSync(join(folder, 'case.json'), JSON.stringify({ ...info, variants: variantsOf(info) }))
}

function copyModels(source: string, cases: readonly Case[]): void {
  mkdirSync(join(target, 'models'))
  const names = new Set(cases.map(({ info }) => info.model))
  for (const name of names) {
    const card = JSON.stringify(parse(join(source, 'models', `${name}.json`)))
    writeFileSync(join(target, 'models', `${name}.json`), card)
  }
  const files = new Set(cases.flatMap(({ info }) => Object.values(variantsOf(info)).map(({ file }) => file)))
  copyShared(source, files)
}

/** Copies files that cases name by their path from the case's folder. */
function copyShared(source: string, files: Iterable<string>): void {
  for (const file of files) cpSync(join(source, 'cases/any', file), join(target, 'cases/any', file))
}

const source = process.argv[2]
if (source === undefined) throw new Error('usage: select-cases.ts FOLDER_OF_ALL_CASES')
for (const part of ['cases', 'models', 'data']) rmSync(join(target, part), { recursive: true, force: true })
const chosen = selected(allCases(source))
const seen = new Set<string>()
for (const one of chosen) {
  copyCase(source, one, !seen.has(one.info.model))
  seen.add(one.info.model)
}
copyModels(source, chosen)
copyShared(source, new Set(chosen.flatMap(({ info }) => [info.data ?? [], info.targets ?? []].flat())))
const bytes = ['cases', 'models', 'data'].flatMap((part) => filesBelow(join(target, part)))
process.stdout.write(
  `${chosen.length} cases, ${bytes.reduce((sum, path) => sum + readFileSync(path).length, 0)} bytes\n`,
)
