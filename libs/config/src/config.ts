import { type DerivedDefault, type Service, type Variable, variables } from './variables.ts'

type Table = typeof variables

type NamesOf<S extends Service> = {
  [K in keyof Table]: S extends Table[K]['services'][number] ? K : never
}[keyof Table]

type ValueOf<V> = V extends Variable<infer T, infer _> ? T : never

/** The whole configuration; every service's own is a part of it. */
export type Config = { readonly [K in keyof Table]: ValueOf<Table[K]> }
export type GatewayConfig = Pick<Config, NamesOf<'gateway'>>
export type AttributionConfig = Pick<Config, NamesOf<'attribution'>>
export type JobWorkerConfig = Pick<Config, NamesOf<'feature-visualization'>>

/** A variable whose text is not allowed. */
export interface ConfigProblem {
  readonly variable: string
  readonly given: string
  readonly allowed: string
}

/** Names every variable that is wrong. */
export class ConfigError extends Error {
  readonly code = 'config-invalid'
  readonly details: { readonly problems: readonly ConfigProblem[] }

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(
      ({ variable, given, allowed }) => `  ${variable}=${given}: allowed is ${allowed}`,
    )
    super(`The environment holds values that are not allowed:\n${lines.join('\n')}`)
    this.name = 'ConfigError'
    this.details = { problems }
  }
}

/**
 * Reads the configuration. A variable that is not set, or empty, has its default. This is the only reader of
 * `process.env` in the product.
 * @throws ConfigError that names all wrong variables at once
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const values: Record<string, unknown> = {}
  const problems: ConfigProblem[] = []
  for (const [name, variable] of rows()) {
    const given = env[variable.env]?.trim()
    values[name] = given ? variable.kind.parse(given) : defaultOf(variable, values)
    if (values[name] === undefined) {
      problems.push({ variable: variable.env, given: given ?? '', allowed: variable.kind.allowed })
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(values) as Config
}

/** One row of the documentation. */
export interface ConfigRow {
  readonly name: string
  readonly allowed: string
  readonly default: string
  readonly services: readonly Service[]
  readonly description: string
}

/** All variables, for a table in the documentation. */
export function describeConfig(): ConfigRow[] {
  return rows().map(([, { env, kind, default: fallback, services, description }]) => ({
    name: env,
    allowed: kind.allowed,
    default: isDerived(fallback) ? fallback.words : kind.format(fallback),
    services,
    description,
  }))
}

// What follows from the table must not depend on the type of one row.
function rows(): [string, Variable<unknown>][] {
  return Object.entries(variables) as unknown as [string, Variable<unknown>][]
}

function defaultOf(variable: Variable<unknown>, soFar: Readonly<Record<string, unknown>>): unknown {
  return isDerived(variable.default) ? variable.default.derive(soFar) : variable.default
}

function isDerived(fallback: unknown): fallback is DerivedDefault<unknown> {
  return typeof fallback === 'object' && fallback !== null && 'derive' in fallback
}
