import { errorMessage, type ReadinessChecks } from '@crp-serve/contracts'
import fp from 'fastify-plugin'

/** Looks at one thing that requests need: what it found, or throws. */
export type ReadinessCheck = () => Promise<Readonly<Record<string, unknown>>>

declare module 'fastify' {
  interface FastifyInstance {
    /** What requests need, and whether it answers now. A plugin that needs something adds a check of it. */
    readonly readiness: {
      add(name: string, check: ReadinessCheck): void
      look(): Promise<{ readonly isReady: boolean; readonly checks: ReadinessChecks }>
    }
  }
}

/** Longest that a probe waits for any of its checks. */
const checkTimeoutMs = 2000

async function outcome(check: ReadinessCheck) {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs)
  })
  try {
    return { ...(await Promise.race([check(), late])), status: 'ok' as const }
  } catch (error) {
    return { status: 'failed' as const, reason: errorMessage(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Readiness, told by what it depends on. */
export const readiness = fp(async (app) => {
  const checks = new Map<string, ReadinessCheck>()
  app.decorate('readiness', {
    add: (name, check) => void checks.set(name, check),
    async look() {
      const found = await Promise.all([...checks].map(async ([name, check]) => [name, await outcome(check)]))
      const results: ReadinessChecks = Object.fromEntries(found)
      return { isReady: Object.values(results).every(({ status }) => status === 'ok'), checks: results }
    },
  })
})
