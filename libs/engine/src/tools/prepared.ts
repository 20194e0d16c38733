import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { analyse, canonize, type Explainable, multipliesTokens, predictionModel } from '@crp-serve/lrp'
import {
  type ExternalFiles,
  externalizeWeights,
  extract,
  type Model,
  readModel,
  writeModelParts,
  writeWeights,
} from '@crp-serve/onnx'
import { writeFolderOptions } from '@crp-serve/runtime'
import { EngineError } from '../errors.ts'
import { exists } from './files.ts'
import { compilerFingerprint } from './fingerprint.ts'

/** What a prepared form of a model depends on. */
export interface Preparation {
  /** Folder of the model's content; the files as they were uploaded lie below `original`. */
  readonly content: string
  readonly mergeBatchNorm: boolean
  /** The output that is explained. */
  readonly output: string
  /** Sizes of the axes behind the batch axis where the model leaves some open; null where it fixes them all. */
  readonly inputSize: readonly number[] | null
}

/** Folder of the files as they were uploaded. */
export const originalFolder = (content: string): string => join(content, 'original')

/** The model's own file among them. */
export const modelFile = 'model.onnx'

const fileNames = { graph: 'graph.onnx', prediction: 'prediction.onnx', weights: 'weights.bin' } as const

/** Everything that a prepared form depends on but the code that makes it, as a path below its content. */
export function preparationKey({ content, mergeBatchNorm, output, inputSize }: Preparation): string {
  const size = inputSize ? `-${inputSize.join('x')}` : ''
  const merged = mergeBatchNorm ? 'merged' : 'plain'
  const tensor = createHash('sha256').update(output).digest('hex').slice(0, 16)
  return join(content, `${merged}-${tensor}${size}`)
}

/** Folder of a prepared form, as the code of this process makes it. */
export const preparedFolder = (preparation: Preparation): string =>
  `${preparationKey(preparation)}-${compilerFingerprint()}`

/** File of the model's forward pass alone: outputs are the explained one and, where it differs, the tensor of the logits. */
const predictionPath = (folder: string): string => join(folder, fileNames.prediction)

async function externalFiles(folder: string): Promise<ExternalFiles> {
  const files = new Map<string, Uint8Array>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || path === join(folder, modelFile)) continue
    files.set(relative(folder, path).split(sep).join('/'), await readFile(path))
  }
  return (location) => files.get(location)
}

/** Reads an uploaded model with its external data through the gate for hostile files. */
export async function readOriginal(content: string): Promise<Model> {
  const folder = originalFolder(content)
  return readModel(await readFile(join(folder, modelFile)), { external: await externalFiles(folder) })
}

/** The model with the named output alone. Throws `validation-failed` naming the outputs that there are. */
export function withOutput(model: Model, output: string | undefined): Model {
  const { graph } = model
  const chosen = output === undefined ? graph.outputs[0] : graph.outputs.find(({ name }) => name === output)
  if (chosen) return { ...model, graph: extract(graph, [chosen]) }
  const names = graph.outputs.map(({ name }) => name)
  const message = `output.tensor names no output of the model; it has ${names.join(', ')}`
  throw new EngineError('validation-failed', message, {
    pointer: '/output/tensor',
    details: { suggestions: names.slice(0, 5) },
  })
}

/** The layers of a canonized model, those among them that relevance cannot pass. */
function explainableOf(model: Model, inputSize: readonly number[] | null): Explainable {
  const input = model.graph.inputs[0]?.name
  const sizes = input !== undefined && inputSize ? { [input]: inputSize } : {}
  return analyse(model, sizes, { unsupported: 'collect' })
}

/** Writes the files of a canonized model into a folder of their own, which appears complete or not at all. */
export async function writePrepared(model: Model, preparation: Preparation): Promise<void> {
  const folder = preparedFolder(preparation)
  if (await exists(folder)) return
  const temporary = join(dirname(folder), `.tmp-${randomUUID()}`)
  try {
    await mkdir(temporary, { recursive: true })
    const { model: lean, chunks } = externalizeWeights(model, { location: fileNames.weights })
    await writeWeights(join(temporary, fileNames.weights), chunks)
    await writeFile(join(temporary, fileNames.graph), writeModelParts(lean))
    const explainable = explainableOf(lean, preparation.inputSize)
    await writeFolderOptions(temporary, { packsMatrices: multipliesTokens(explainable) })
    const prediction = predictionModel(explainable)
    await writeFile(join(temporary, fileNames.prediction), writeModelParts(prediction))
    await rename(temporary, folder).catch(async (error) => {
      // Another child was faster; its files are the same.
      if (!(await exists(folder))) throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Canonizes the model for a preparation. */
export function canonized(
  model: Model,
  { mergeBatchNorm, inputSize, output }: Preparation,
): ReturnType<typeof canonize> {
  const chosen = withOutput(model, output)
  const input = chosen.graph.inputs[0]?.name
  const inputSizes = input !== undefined && inputSize ? { [input]: inputSize } : {}
  return canonize(chosen, { mergeBatchNorm, inputSizes })
}

/** Makes sure that the files of a prepared form are there; the path is that of its forward pass. */
export async function prepare(preparation: Preparation): Promise<string> {
  const folder = preparedFolder(preparation)
  if (!(await exists(folder))) {
    const { model } = canonized(await readOriginal(preparation.content), preparation)
    await writePrepared(model, preparation)
  }
  return predictionPath(folder)
}

/** The layers of a prepared model, those among them that relevance cannot pass. Its weights stay in their file. */
export async function loadExplainable(preparation: Preparation): Promise<Explainable> {
  await prepare(preparation)
  const bytes = await readFile(join(preparedFolder(preparation), fileNames.graph))
  return explainableOf(readModel(bytes, { external: 'keep' }), preparation.inputSize)
}
