import { GraphBuilder, type Model } from '../src/index.ts'

/** Builds something from the input x: float32 [N, 4, 6, 5]. */
export type Build = (b: GraphBuilder, x: string) => void

/** The model of a case. */
export function modelOf(build: Build, opset: number): Model {
  const b = new GraphBuilder()
  build(b, b.input('x', 'float32', ['N', 4, 6, 5]))
  const graph = b.build('case')
  return { irVersion: 8, producer: 'test', opsets: { '': opset }, graph, metadata: {} }
}

/** Name, operator set and content of a model that tests run. */
export type Case = readonly [string, number, Build]
