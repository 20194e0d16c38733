import type { Model, Node } from '../../graph/types.ts'
import type { InferredTypes } from '../../infer/infer-types.ts'
import { fits, hasSamples, isPlain, isPlainShape, type Layout, plain } from './layout.ts'
import { rules } from './rules.ts'
import { type Rewriting, Site } from './site.ts'

/** A node that reads or makes tensors with samples elsewhere than on the first axis. */
export interface Touched {
  readonly node: Node
  /** How it works on moved tensors; null where it cannot. */
  readonly rewriting: Rewriting | null
  /** Its tensors that have their samples elsewhere. */
  readonly tensors: readonly string[]
}

/** Follows where tensors have their samples, from the inputs on. */
export class Follower {
  readonly #model: Model
  readonly #inferred: InferredTypes
  /** Tensors with samples; null where it is not known where they stand. */
  readonly #layouts = new Map<string, Layout | null>()

  constructor(model: Model, inferred: InferredTypes) {
    this.#model = model
    this.#inferred = inferred
  }

  /** The nodes with samples elsewhere, in graph order. */
  run(): readonly Touched[] {
    const { inputs, nodes } = this.#model.graph
    for (const { name } of inputs) this.#place(name)
    return nodes.flatMap((node) => {
      const touched = this.#follow(node)
      return touched ? [touched] : []
    })
  }

  #follow(node: Node): Touched | null {
    const outputs = node.outputs.filter((name) => name !== '')
    for (const name of outputs) this.#place(name)
    const isTouched = [...node.inputs, ...outputs].some((name) => this.#isElsewhere(name))
    if (!isTouched) return null
    const rewriting = this.#rewriting(node)
    for (const [i, name] of node.outputs.entries()) {
      if (name !== '' && rewriting?.layouts[i]) this.#layouts.set(name, rewriting.layouts[i])
    }
    const tensors = [...node.inputs, ...outputs].filter((name) => this.#isElsewhere(name))
    return { node, rewriting, tensors }
  }

  #rewriting(node: Node): Rewriting | null {
    const isKnown = node.inputs.every((name) => name === '' || this.#layouts.get(name) !== null)
    const rule = node.domain === '' ? rules.get(node.op) : undefined
    const isTyped = node.outputs.every((name) => name === '' || this.#inferred.types.has(name))
    if (!rule || !isKnown || !isTyped) return null
    const rewriting = rule(new Site(node, this.#model, this.#inferred, this.#layouts))
    const areSound = rewriting?.layouts.every((layout, i) => {
      const name = node.outputs[i]!
      return name === '' || fits(layout, this.#inferred.types.get(name)!.shape)
    })
    return areSound ? rewriting : null
  }

  /** A tensor before anything is known of its node: samples on the first axis where its shape says so. */
  #place(name: string): void {
    const type = this.#inferred.types.get(name)
    if (type && !hasSamples(type.shape)) return
    this.#layouts.set(name, type && isPlainShape(type.shape) ? plain : null)
  }

  #isElsewhere(name: string): boolean {
    const layout = this.#layouts.get(name)
    return layout === null || (layout !== undefined && !isPlain(layout))
  }
}
