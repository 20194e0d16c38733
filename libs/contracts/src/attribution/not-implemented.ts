import { type Issue, ProblemError } from '../errors/problem.ts'
import { pointer, pointerSegments } from '../schema/pointer.ts'
import type { DecodedAttributionGraph } from './graph.ts'
import type { DecodedAttribution, DecodedPrediction } from './task.ts'

/** Any decoded request of computations. */
type Submitted = DecodedAttribution | DecodedPrediction | DecodedAttributionGraph

/** A place of the request that is implemented for some values only. */
interface Gap {
  /** JSON pointer; `*` stands for any index or name. */
  readonly at: string
  /** Which values are implemented; null never gets here, it is the default. */
  readonly implemented: (value: unknown) => boolean
  /** What is implemented, for the message. */
  readonly say: string
}

const nothing = () => false

/**
 * Everything that the schema takes and the engine does not do yet. Implementing a feature removes its line.
 */
const gaps: readonly Gap[] = [
  { at: '/inputs/*/dataset', implemented: nothing, say: 'send an image or a tensor' },
  { at: '/input/dataset', implemented: nothing, say: 'send an image or a tensor' },
]

/** The values of `root` at a pattern, with their pointers. */
function* valuesAt(
  root: unknown,
  pattern: readonly string[],
  at = '',
): Generator<[at: string, value: unknown]> {
  const [segment, ...rest] = pattern
  if (segment === undefined) {
    yield [at, root]
  } else if (typeof root === 'object' && root !== null && !(root instanceof Uint8Array)) {
    const keys = segment === '*' ? Object.keys(root) : Object.hasOwn(root, segment) ? [segment] : []
    for (const key of keys) {
      yield* valuesAt((root as Record<string, unknown>)[key], rest, `${at}${pointer(key)}`)
    }
  }
}

/** Every place of a decoded request that asks for something that is not implemented yet. */
export function notImplemented(request: Submitted): Issue[] {
  return gaps.flatMap(({ at, implemented, say }) =>
    [...valuesAt(request, pointerSegments(at))]
      .filter(([, value]) => !implemented(value))
      .map(([place]) => ({ pointer: place, detail: `is not implemented yet: ${say}` })),
  )
}

/** @throws ProblemError `not-implemented` with one finding per place */
export function refuseNotImplemented(request: Submitted): void {
  const errors = notImplemented(request)
  const first = errors[0]
  if (first === undefined) return
  throw new ProblemError('not-implemented', `${first.pointer} ${first.detail}`, { errors })
}
