import { problemAt } from '../errors/problem.ts'
import { validate } from '../schema/validate.ts'
import { Composite } from './composite.ts'
import { decodeComposite } from './decode.ts'
import { type CompositeTask, compositeTask } from './task.ts'

/** A composite of a query: as it was given, and as the engine takes it. */
export interface QueriedComposite {
  readonly given: Composite
  readonly task: CompositeTask
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw problemAt(
      'validation-failed',
      '/composite',
      'must be the name of a composite, or a composite as JSON',
    )
  }
}

/**
 * Reads a composite that stands in a query: a name, or URL-encoded JSON.
 * @throws ProblemError `validation-failed`, `tensor-malformed`, with pointers below `/composite`
 */
export function queriedComposite(text = 'epsilon_plus_flat'): QueriedComposite {
  const value = text.trimStart().startsWith('{') ? parsed(text) : text
  const given = validate(Composite, value, '/composite')
  return { given, task: compositeTask(decodeComposite(given)) }
}
