import { createHash } from 'node:crypto'
import type { CollectedLayer, FeatureVisualizationManifest, ReferenceMode } from '@crp-serve/contracts'
import { type FileSource, type SourceFile, type ZipLimits, zipSource } from '@crp-serve/datasets'
import { readNpy, writeNpyStrings } from '@crp-serve/storage'
import { count } from '../attribution/bytes.ts'
import { LayerNames } from '../attribution/layer-names.ts'
import { EngineError } from '../errors.ts'
import {
  maximaPath,
  type RankingPart,
  rankingParts,
  statisticsPath,
  targetsPath,
} from '../visualization/layout.ts'
import type { DescribedLayer } from './describe.ts'

/** Which folders of an archive are meant. */
export type RunVariant = Pick<FeatureVisualizationManifest, 'max_target' | 'abs_norm'>

/** An archived folder of zennit-crp's `FeatureVisualization`, and what it has to fit. */
export interface ImportRequest {
  readonly archive: string
  /** A file that does not exist, for what is taken out. */
  readonly pack: string
  readonly limits: ZipLimits
  readonly variant: Partial<RunVariant>
  readonly layers: readonly DescribedLayer[]
  /** Number of samples of the data set. */
  readonly samples: number
  /** Number of outputs of the model. */
  readonly outputs: number
}

/** A file of a run and where its bytes are. */
export type ImportedFile =
  | { readonly path: string; readonly offset: number; readonly size: number }
  | { readonly path: string; readonly bytes: Uint8Array }

/** What an archive holds. */
export interface ImportedRun
  extends RunVariant,
    Pick<FeatureVisualizationManifest, 'modes' | 'layers' | 'statistics' | 'top_k'> {
  readonly files: readonly ImportedFile[]
  /** SHA-256 over the paths and contents of all arrays. */
  readonly digest: string
}

/** One ranking of an archive: where its three arrays are. */
interface Found {
  readonly mode: ReferenceMode
  readonly layer: string
  /** Class of the statistics; null for the maxima. */
  readonly target: number | null
  readonly parts: Map<RankingPart, SourceFile>
}

const invalid = (message: string) => new EngineError('feature-visualization-invalid', message)

const folderPattern = /(?:^|\/)(Rel|Act)(Max|Stats)_(sum|max)_(normed|unnormed)\/(.+)$/
const maximaName = /^([^/]+)_(data|rel|rf)\.npy$/
const statisticsName = /^([^/]+)\/(\d{1,7})_(data|rel|rf)\.npy$/

/** A file of one of the folders, taken apart. */
interface RunFile {
  readonly file: SourceFile
  readonly mode: ReferenceMode
  readonly kind: 'Max' | 'Stats'
  readonly variant: string
  readonly rest: string
}

function runFile(file: SourceFile): RunFile {
  const [, mode, kind, target, norm, rest] = folderPattern.exec(file.path)!
  return {
    file,
    mode: mode === 'Rel' ? 'relevance' : 'activation',
    kind: kind as RunFile['kind'],
    variant: `${target}_${norm}`,
    rest: rest!,
  }
}

/** The one kind of folders that is taken. */
function variantOf(files: readonly RunFile[], { max_target, abs_norm }: Partial<RunVariant>): RunVariant {
  const kinds = [...new Set(files.map(({ variant }) => variant))].map((name): RunVariant => {
    const [target, norm] = name.split('_')
    return { max_target: target as RunVariant['max_target'], abs_norm: norm === 'normed' }
  })
  const fitting = kinds.filter(
    (kind) =>
      (max_target === undefined || kind.max_target === max_target) &&
      (abs_norm === undefined || kind.abs_norm === abs_norm),
  )
  const [only, ...others] = fitting
  const wanted = 'RelMax_<sum|max>_<normed|unnormed>/<layer>_{data,rel,rf}.npy'
  if (only === undefined)
    throw invalid(`The archive holds no folder of zennit-crp that is asked for, such as ${wanted}.`)
  if (others.length > 0)
    throw invalid('The archive holds several kinds of folders; name one by `max_target` and `abs_norm`.')
  return only
}

function partsOf({
  rest,
  kind,
  file,
}: RunFile): readonly [layer: string, target: number | null, part: RankingPart] {
  const [, layer, ...tail] = (kind === 'Max' ? maximaName : statisticsName).exec(rest) ?? []
  if (layer === undefined) throw invalid(`${file.path} is not named as zennit-crp names its files.`)
  const part = tail.at(-1) as RankingPart
  return [decodeLayer(layer), kind === 'Max' ? null : Number(tail[0]), part]
}

/** A name that no URL has made is a name as well. */
function decodeLayer(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The rankings of an archive by mode, layer and class; layers under their canonical names. */
function rankingsOf(files: readonly RunFile[], names: LayerNames): Found[] {
  const found = new Map<string, Found>()
  for (const run of files) {
    if (run.kind === 'Stats' && run.rest === 'targets.npy') continue
    const [name, target, part] = partsOf(run)
    const layer = layerNamed(names, name, run.file.path)
    const key = JSON.stringify([run.mode, layer, target])
    const ranking = found.get(key) ?? { mode: run.mode, layer, target, parts: new Map() }
    if (ranking.parts.has(part)) throw invalid(`${run.file.path} says twice what ${layer} is.`)
    ranking.parts.set(part, run.file)
    found.set(key, ranking)
  }
  return [...found.values()]
}

function layerNamed(names: LayerNames, name: string, path: string): string {
  try {
    return names.get(name, '').name
  } catch (error) {
    throw invalid(`${path}: ${(error as Error).message}; files of checkpoints are to be collected first.`)
  }
}

/** Reads an array of a ranking. */
async function arrayOf(source: FileSource, { parts, layer }: Found, part: RankingPart) {
  const file = parts.get(part)
  if (!file)
    throw invalid(`The archive has no ${part}.npy beside ${[...parts.values()][0]!.path} (${layer}).`)
  const array = readNpy(await source.read(file))
  const type = part === 'rel' ? 'float32' : 'int64'
  if (array.type !== type || array.shape.length !== 2)
    throw invalid(
      `${file.path} is ${array.type} of [${array.shape}]; it must be ${type} of [samples, channels].`,
    )
  return { path: file.path, shape: array.shape as [number, number], data: array.data }
}

type Loaded = Awaited<ReturnType<typeof arrayOf>>

function checkIndices({ path, data }: Loaded, below: number, what: string): void {
  const wrong = (data as BigInt64Array).find((value) => value < 0n || value >= BigInt(below))
  if (wrong !== undefined) throw invalid(`${path} holds ${wrong}, and there are ${below} ${what}.`)
}

function checkOrder({ path, shape: [rows, channels], data }: Loaded): void {
  const values = data as Float32Array
  for (let i = 0; i < rows * channels; i++) {
    if (!Number.isFinite(values[i])) throw invalid(`${path} holds ${values[i]}.`)
    if (i >= channels && values[i]! > values[i - channels]!)
      throw invalid(
        `${path} is not sorted: channel ${i % channels} rises at rank ${Math.floor(i / channels)}.`,
      )
  }
}

/** Checks one ranking against the layer and the data set; returns its number of rows. */
async function checkRanking(
  source: FileSource,
  found: Found,
  layer: CollectedLayer,
  samples: number,
): Promise<number> {
  const arrays: Loaded[] = []
  for (const part of rankingParts) arrays.push(await arrayOf(source, found, part))
  const [data, rel, rf] = arrays as [Loaded, Loaded, Loaded]
  const [rows, channels] = rel.shape
  for (const { path, shape } of arrays) {
    if (shape[0] === rows && shape[1] === layer.concepts && channels === layer.concepts) continue
    throw invalid(
      `${path} is [${shape}]; ${layer.name} has ${layer.concepts} channels, and ${rel.path} is [${rel.shape}].`,
    )
  }
  checkIndices(data, samples, 'samples in the data set')
  checkIndices(rf, count(layer.sizes), `positions in ${layer.name}`)
  checkOrder(rel)
  return rows
}

/** Where the rankings of a run must be complete: every mode has every layer, and statistics every class of it. */
function checkComplete(
  rankings: readonly Found[],
  layers: readonly string[],
): FeatureVisualizationManifest['statistics'] {
  const has = new Set(rankings.map(({ mode, layer, target }) => JSON.stringify([mode, layer, target])))
  const statistics: Record<string, number[]> = {}
  for (const mode of new Set(rankings.map((ranking) => ranking.mode))) {
    const own = rankings.filter((ranking) => ranking.mode === mode)
    const targets = [...new Set(own.flatMap(({ target }) => (target === null ? [] : [target])))].sort(
      (a, b) => a - b,
    )
    for (const layer of layers) {
      for (const target of [null, ...targets]) {
        if (has.has(JSON.stringify([mode, layer, target]))) continue
        const what = target === null ? 'maxima' : `statistics of the class ${target}`
        throw invalid(`The archive has no ${what} of ${layer} for ${mode}, but of other layers.`)
      }
    }
    if (targets.length > 0) statistics[mode] = targets
  }
  return statistics
}

function collectedLayer(layers: readonly DescribedLayer[], name: string): CollectedLayer {
  const [concepts, ...sizes] = layers.find((layer) => layer.name === name)!.sizes ?? []
  if (concepts === undefined) throw invalid(`The output of ${name} has no channels of one sample.`)
  return { name, concepts, sizes }
}

const pathOf = ({ mode, layer, target }: Found, variant: RunVariant, part: RankingPart): string =>
  target === null
    ? maximaPath(mode, variant, layer, part)
    : statisticsPath(mode, variant, layer, target, part)

async function readRun(source: FileSource, request: ImportRequest): Promise<ImportedRun> {
  const all = source.files.map(runFile)
  const variant = variantOf(all, request.variant)
  const name = `${variant.max_target}_${variant.abs_norm ? 'normed' : 'unnormed'}`
  const rankings = rankingsOf(
    all.filter((file) => file.variant === name),
    new LayerNames(request.layers),
  )
  if (rankings.length === 0) throw invalid('The archive lists classes, but holds no array of any layer.')
  const layers = request.layers
    .filter((layer) => rankings.some((ranking) => ranking.layer === layer.name))
    .map((layer) => collectedLayer(request.layers, layer.name))
  const statistics = checkComplete(
    rankings,
    layers.map((layer) => layer.name),
  )
  const outside = Object.values(statistics)
    .flat()
    .find((target) => target >= request.outputs)
  if (outside !== undefined)
    throw invalid(`There are statistics of the class ${outside}, and the model has ${request.outputs}.`)
  let topK = 1
  for (const ranking of rankings) {
    const layer = layers.find((one) => one.name === ranking.layer)!
    topK = Math.max(topK, await checkRanking(source, ranking, layer, request.samples))
  }
  const arrays = rankings.flatMap((ranking) =>
    rankingParts.map((part): ImportedFile => {
      const { offset, size } = ranking.parts.get(part)!
      return { path: pathOf(ranking, variant, part), offset, size }
    }),
  )
  const lists = Object.entries(statistics).map(
    ([mode, targets]): ImportedFile => ({
      path: targetsPath(mode as ReferenceMode, variant),
      bytes: writeNpyStrings(targets.map(String)),
    }),
  )
  const modes = (['relevance', 'activation'] as const).filter((mode) =>
    rankings.some((one) => one.mode === mode),
  )
  return {
    ...variant,
    modes,
    layers,
    statistics,
    top_k: topK,
    files: [...arrays, ...lists],
    digest: digestOf(rankings, variant),
  }
}

/** SHA-256 over lines of the paths and hashes of a run's arrays. */
function digestOf(rankings: readonly Found[], variant: RunVariant): string {
  const lines = rankings.flatMap((ranking) =>
    rankingParts.map((part) => `${pathOf(ranking, variant, part)} ${ranking.parts.get(part)!.digest}\n`),
  )
  return createHash('sha256').update(lines.sort().join('')).digest('hex')
}

/** What errors of the archive itself mean for an import. */
function translated(error: unknown): unknown {
  const { code, message } = error as Error & { readonly code?: unknown }
  if (code === 'dataset-too-large') return new EngineError('body-too-large', message)
  const unusable = [
    'dataset-unreadable',
    'dataset-invalid',
    'npy-invalid',
    'npy-truncated',
    'npy-not-supported',
  ]
  return unusable.includes(String(code)) ? invalid(message) : error
}

/**
 * Takes a feature visualization out of an archive and checks every array of it against the model and the data set.
 * @throws EngineError `feature-visualization-invalid`, `body-too-large`
 */
export async function importRun(request: ImportRequest): Promise<ImportedRun> {
  try {
    const isTaken = (path: string) => folderPattern.test(path) && path.endsWith('.npy')
    const source = await zipSource(request.archive, request.pack, request.limits, isTaken)
    return await readRun(source, request)
  } catch (error) {
    throw translated(error)
  }
}
