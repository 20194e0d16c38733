/** A layer and the layers that give its inputs. */
export interface WiredLayer {
  readonly name: string
  readonly inputs: readonly string[]
}

/**
 * The inputs of every layer in the order in which a walk with the flow discovers them: depth first from the layers that
 * read the model's input, consumers in graph order (semantics.md, section 7: the order in which zennit-crp finds them).
 */
function discoveredInputs(layers: readonly WiredLayer[]): ReadonlyMap<string, readonly string[]> {
  const consumers = new Map<string, string[]>(layers.map(({ name }) => [name, []]))
  for (const { name, inputs } of layers) for (const input of new Set(inputs)) consumers.get(input)!.push(name)
  const found = new Map<string, string[]>(layers.map(({ name }) => [name, []]))
  for (const { name, inputs } of layers) if (inputs.length === 0) walk(name)

  /** Follows every edge once; a stack of its own, because networks can be deeper than the call stack. */
  function walk(first: string): void {
    const path = [{ layer: first, next: 0 }]
    while (path.length > 0) {
      const here = path.at(-1)!
      const consumer = consumers.get(here.layer)![here.next++]
      if (consumer === undefined || found.get(consumer)!.includes(here.layer)) path.pop()
      else {
        found.get(consumer)!.push(here.layer)
        path.push({ layer: consumer, next: 0 })
      }
    }
  }
  return found
}

/**
 * For every layer the nearest chosen layers upstream, in discovery order, each once.
 * @param layers in topological order
 * @param chosen names of the layers that count; relevance passes through all others
 */
export function nearestInputs(
  layers: readonly WiredLayer[],
  chosen: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const inputs = discoveredInputs(layers)
  const nearest = new Map<string, readonly string[]>()
  for (const { name } of layers) {
    const found = inputs.get(name)!.flatMap((input) => (chosen.has(input) ? [input] : nearest.get(input)!))
    nearest.set(name, [...new Set(found)])
  }
  return nearest
}

/** Everything upstream of a layer, by the layers' inputs. */
export function upstreamOf(
  layer: string,
  inputs: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const reached = new Set<string>()
  const pending = [layer]
  while (pending.length > 0) {
    for (const input of inputs.get(pending.pop()!) ?? []) {
      if (reached.has(input)) continue
      reached.add(input)
      pending.push(input)
    }
  }
  return reached
}

/** The inputs of a layer without those that lie upstream of another one: what a skip connection reaches past it. */
export function withoutTwiceRemoved(
  layer: string,
  inputs: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const direct = inputs.get(layer) ?? []
  const behind = direct.map((input) => upstreamOf(input, inputs))
  return direct.filter((input) => !behind.some((upstream) => upstream.has(input)))
}
