import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A model file that tests run over. */
export interface ModelFile {
  readonly name: string
  readonly bytes: Uint8Array
}

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url))
const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url))

/** The folder of the full set of reference models, where it is present. */
export const sharedModels = existsSync(`${shared}goldens/models/`) ? `${shared}goldens/models/` : undefined

const modelsIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((f) => f.endsWith('.onnx'))
        .map((f) => folder + f)
    : []

const isCommitted = (path: string): boolean => existsSync(fixtures + path.split('/').at(-1))

/** The committed models, and those beside the repository where they are present. */
export const modelFiles: readonly ModelFile[] = [
  ...modelsIn(fixtures),
  ...modelsIn(`${shared}goldens/models/`).filter((path) => !isCommitted(path)),
  ...modelsIn(`${shared}realism/`),
].map((path) => ({
  name: path
    .split('/')
    .at(-1)!
    .replace(/\.onnx$/, ''),
  bytes: readFileSync(path),
}))

/** Where a committed file stands. */
export const fixturePath = (file: string): string => fixtures + file

/** One of the committed models. */
export const fixture = (name: string): Uint8Array => readFileSync(fixturePath(`${name}.onnx`))
