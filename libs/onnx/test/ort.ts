import ort from 'onnxruntime-node'
import { constants, type Model, type TensorType, type ValueInfo, writeModel } from '../src/index.ts'

/** Shape, element type and bytes of every output of one run. */
export type Outputs = ReadonlyMap<
  string,
  { readonly dims: readonly number[]; readonly type: string; readonly data: unknown }
>

/** Numbers that look random and are the same in every run. */
export function noise(count: number, seed = 1): Float32Array {
  let state = seed >>> 0
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** Runs a model file on float32 feeds of the given shapes, with ONNX Runtime's graph rewriting off. */
export async function run(
  bytes: Uint8Array,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<Outputs> {
  const session = await ort.InferenceSession.create(bytes, {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  })
  try {
    const random = Object.entries(shapes).map(([name, dims]) => [
      name,
      new ort.Tensor('float32', noise(constants.elementCount(dims)), dims),
    ])
    const results = await session.run(Object.fromEntries(random), { logSeverityLevel: 4 })
    return new Map(
      Object.entries(results).map(([name, t]) => [name, { dims: t.dims, type: t.type, data: t.data }]),
    )
  } finally {
    await session.release()
  }
}

/** The model file that gives every tensor that a node makes. */
export function withAllOutputs(model: Model, types: ReadonlyMap<string, TensorType>): Uint8Array {
  const named = (name: string): ValueInfo => ({ name, dataType: types.get(name)!.dataType, shape: null })
  const names = model.graph.nodes.flatMap((node) => node.outputs.filter((o) => o !== ''))
  return writeModel({ ...model, graph: { ...model.graph, outputs: names.map(named) } })
}
