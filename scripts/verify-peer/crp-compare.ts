import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readNumpy } from '../../test/support/numpy.ts'
import { asTensor, type Explainer, floats, type Row } from './explainer.ts'

/** A request of `POST /v1/attributions` without model and inputs, as crp_peer.py writes it. */
interface CaseRequest {
  readonly conditions: readonly object[]
  readonly composite: { readonly name: string }
  readonly exclude_parallel: boolean
  readonly start_layer?: string
  readonly init_relevance: string | number
  readonly record: Readonly<Record<string, object>>
}

/** One array of one request, held against zennit-crp in float64. */
export interface Comparison {
  readonly net: string
  readonly number: number
  readonly array: string
  readonly request: CaseRequest
  /** Largest difference over the largest value; the largest value itself where the peer's are all 0. */
  readonly ours: number
  /** The same of zennit-crp in float32. */
  readonly peer: number
}

/** What float32 may lose, in units of the largest value; where the peer's float32 loses more, twice of that. */
export const tolerance = 1e-4

export const agrees = ({ ours, peer }: Comparison): boolean => ours <= Math.max(tolerance, 2 * peer)

function apart(exact: ArrayLike<number>, actual: ArrayLike<number>): number {
  if (exact.length !== actual.length) return Number.POSITIVE_INFINITY
  let [largest, difference] = [0, 0]
  for (let i = 0; i < exact.length; i++) {
    largest = Math.max(largest, Math.abs(exact[i]!))
    const off = Math.abs(exact[i]! - actual[i]!)
    difference = Number.isFinite(off) ? Math.max(difference, off) : Number.POSITIVE_INFINITY
  }
  return largest === 0 ? difference : difference / largest
}

/** The values of all rows, one after the other. */
const joined = (rows: readonly Row[], of: (row: Row) => { readonly data: Uint8Array }): Float32Array =>
  Float32Array.from(rows.flatMap((row) => Array.from(floats(of(row)))))

/** Our arrays by the names that crp_peer.py gives them. */
function arraysOf(
  { record }: CaseRequest,
  rows: readonly Row[],
): readonly (readonly [string, Float32Array])[] {
  const layers = Object.keys(record).flatMap((layer) =>
    (['relevance', 'activation'] as const).map(
      (kind) => [`${kind}-${layer}`, joined(rows, (row) => row.layers![layer]![kind]!)] as const,
    ),
  )
  return [['heatmap', joined(rows, (row) => row.heatmap!.tensor!)], ...layers]
}

/** Answers every request that was written for a network, and compares. */
export async function compareNet(explainer: Explainer, folder: string, net: string): Promise<Comparison[]> {
  const requests = JSON.parse(await readFile(join(folder, 'cases.json'), 'utf8')) as CaseRequest[]
  const model = await explainer.register(join(folder, 'net.onnx'))
  const comparisons: Comparison[] = []
  for (const [number, request] of requests.entries()) {
    const read = (name: string) => readNumpy(join(folder, `${number}-${name}.npy`))
    const start = request.init_relevance
    const rows = await explainer.attribute({
      ...request,
      model,
      inputs: [{ tensor: asTensor(read('input')) }],
      init_relevance: start === 'tensor' ? asTensor(read('init')) : start,
      output: { heatmap: ['tensor'], prediction: { top: 1 } },
    })
    for (const [array, values] of arraysOf(request, rows)) {
      const exact = read(`${array}-float64`).data
      const peer = apart(exact, read(`${array}-float32`).data)
      comparisons.push({ net, number, array, request, ours: apart(exact, values), peer })
    }
  }
  return comparisons
}
