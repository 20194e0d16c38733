import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { FileSystemObjectStore, writeNpy } from '@crp-serve/storage'
import { type Zippable, zipSync } from 'fflate'
import { afterAll } from 'vitest'
import {
  buildDataset,
  type DatasetContext,
  type DatasetSource,
  type Datasets,
  type ZipLimits,
} from '../src/index.ts'

const roots: string[] = []
afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))))

export async function freshFolder(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'datasets-'))
  roots.push(root)
  return root
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)

export type Files = Readonly<Record<string, Uint8Array | string>>

const bytesOf = (content: Uint8Array | string) => (typeof content === 'string' ? text(content) : content)

/** Writes files below a folder. */
export async function writeFiles(root: string, files: Files): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), bytesOf(content))
  }
  return root
}

/** Writes an archive. */
export async function writeZip(
  files: Files,
  options: Zippable[string] extends infer _ ? object : never = {},
) {
  const path = join(await freshFolder(), `${randomUUID()}.zip`)
  const entries = Object.entries(files).map(([name, content]) => [name, [bytesOf(content), options]])
  await writeFile(path, zipSync(Object.fromEntries(entries) as Zippable))
  return path
}

/** A context of its own, with the file system as its store. */
export async function freshContext(allowed: readonly string[] = []): Promise<DatasetContext> {
  const store = new FileSystemObjectStore(await freshFolder())
  const s3 = { s3Endpoint: null, s3PublicEndpoint: null, s3Region: 'us-east-1' }
  return { store, s3, roots: allowed }
}

export const generous: ZipLimits = { maxBytes: 2 ** 30, maxEntries: 1000 }

/** Builds a data set and gives it a name, as the engine does in two processes. */
export async function register(
  datasets: Datasets,
  name: string,
  from: { zip: string } | { directory: string },
  classes?: readonly string[],
) {
  const folder = await freshFolder()
  const isZip = 'zip' in from
  const source = isZip ? { zip: from.zip, limits: generous } : from
  const summary = await buildDataset({ source, folder, classes })
  const placed: DatasetSource = isZip ? { upload: { bytes: 1 } } : from
  return await datasets.publish({ name, source: placed, summary, folder })
}

/** An array as a .npy file. */
export const npy = (shape: readonly number[], data: Float32Array | BigInt64Array | Uint8Array): Uint8Array =>
  writeNpy({ shape, data })
