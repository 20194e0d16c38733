import type { Node } from '@crp-serve/onnx'
import type { Draft } from '../layer.ts'
import type { GraphView } from '../view.ts'

/** Recognises a layer of several nodes by its last node; null where it is none. */
export type LayerPattern = (last: Node, view: GraphView) => Draft | null
