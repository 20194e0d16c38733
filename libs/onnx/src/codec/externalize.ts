import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Constant, Model } from '../graph/types.ts'

/** Bytes at a place in a weight file. `sha256` (hexadecimal) is that of the bytes. */
export interface WeightChunk {
  readonly offset: number
  readonly bytes: Uint8Array
  readonly sha256: string
}

/** Options of {@link externalizeWeights}. */
export interface ExternalizeOptions {
  /** Name of the weight file as the model file refers to it: relative to the model file's folder. */
  readonly location: string
  /** Initializers with fewer bytes stay in the model file. Default 1024. */
  readonly minBytes?: number
  /** Offsets are multiples of it: 4096 (the default) lets ONNX Runtime map the file into memory. */
  readonly align?: number
  /** What the weight file holds already: several models share one file, and equal contents stand there once. */
  readonly chunks?: readonly WeightChunk[]
}

/** Places contents in a file, equal ones once. */
class Layout {
  readonly chunks: WeightChunk[]
  readonly #bySha: Map<string, WeightChunk>
  readonly #align: number
  #end: number

  constructor(chunks: readonly WeightChunk[], align: number) {
    this.chunks = [...chunks]
    this.#bySha = new Map(chunks.map((chunk) => [chunk.sha256, chunk]))
    this.#align = align
    this.#end = chunks.reduce((end, c) => Math.max(end, c.offset + c.bytes.byteLength), 0)
  }

  place(bytes: Uint8Array): WeightChunk {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const known = this.#bySha.get(sha256)
    if (known) return known
    const offset = Math.ceil(this.#end / this.#align) * this.#align
    const chunk = { offset, bytes, sha256 }
    this.#end = offset + bytes.byteLength
    this.chunks.push(chunk)
    this.#bySha.set(sha256, chunk)
    return chunk
  }
}

/** Whole numbers are indices, axes and shapes, which passes read later: they leave the graph only where they are many. */
const leastOf = ({ dataType }: Constant, minBytes: number): number =>
  dataType.startsWith('float') || dataType === 'bfloat16' ? minBytes : Math.max(minBytes, 2 ** 20)

/**
 * Moves every large initializer out of a model into one weight file. The model that comes back refers to the file;
 * `chunks` is what the file holds (views of the same bytes, with what was in `options.chunks` in front). External
 * references that the model has already stay as they are.
 */
export function externalizeWeights(
  model: Model,
  options: ExternalizeOptions,
): { readonly model: Model; readonly chunks: readonly WeightChunk[] } {
  const { location, minBytes = 1024, align = 4096, chunks = [] } = options
  const layout = new Layout(chunks, align)
  const move = (constant: Constant): Constant => {
    const { data } = constant
    if (data.kind === 'external' || data.bytes.byteLength < leastOf(constant, minBytes)) return constant
    const { offset } = layout.place(data.bytes)
    return { ...constant, data: { kind: 'external', location, offset, length: data.bytes.byteLength } }
  }
  const initializers = new Map([...model.graph.initializers].map(([name, c]) => [name, move(c)]))
  return { model: { ...model, graph: { ...model.graph, initializers } }, chunks: layout.chunks }
}

/** Writes a weight file: every chunk at its offset, zeros between. A file of that name is replaced. */
export async function writeWeights(path: string, chunks: readonly WeightChunk[]): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (const { bytes, offset } of chunks) await writeAll(file, bytes, offset)
  } finally {
    await file.close()
  }
}

/** One write call may take a part of the bytes only (at most 2 GiB on Linux). */
async function writeAll(
  file: Awaited<ReturnType<typeof open>>,
  bytes: Uint8Array,
  offset: number,
): Promise<void> {
  const piece = 1 << 28
  for (let done = 0; done < bytes.byteLength; ) {
    const length = Math.min(piece, bytes.byteLength - done)
    const { bytesWritten } = await file.write(bytes, done, length, offset + done)
    done += bytesWritten
  }
}
