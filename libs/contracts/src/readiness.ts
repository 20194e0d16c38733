import { type Static, Type } from 'typebox'

/** What one thing that requests need was found to be. */
export const ReadinessCheck = Type.Object(
  {
    status: Type.Enum(['ok', 'failed']),
    reason: Type.Optional(Type.String({ description: 'Why it failed.' })),
  },
  { title: 'ReadinessCheck', additionalProperties: true, description: 'Figures of the check stand beside.' },
)

/** Checks by name: `engine`, `store`, `queue`. */
export const ReadinessChecks = Type.Record(Type.String(), ReadinessCheck)
export type ReadinessChecks = Static<typeof ReadinessChecks>

/** The answer of a service that is ready. */
export const Readiness = Type.Object(
  { status: Type.Literal('ready'), checks: ReadinessChecks },
  { title: 'Readiness' },
)
export type Readiness = Static<typeof Readiness>

/** The first line of an error's message. */
export const errorMessage = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!
