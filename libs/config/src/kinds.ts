import { isAbsolute } from 'node:path'

/** How one environment variable is read. */
export interface Kind<T> {
  /** What is allowed, in words, for messages and documentation. */
  readonly allowed: string
  /** The value, or undefined when the text is not allowed. */
  readonly parse: (text: string) => T | undefined
  /** The value as one would write it in the environment. */
  readonly format: (value: T) => string
}

/** Any text. */
export function text(allowed: string): Kind<string> {
  return { allowed, parse: (given) => given, format: (value) => value }
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const allowed =
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`
  const parse = (given: string) => {
    const value = /^\d+$/.test(given) ? Number(given) : Number.NaN
    return value >= min && value <= max ? value : undefined
  }
  return { allowed, parse, format: String }
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

/** A number of bytes, at least 1: `1048576`, `64MiB`, `1.5 GiB`, `2GB`. */
export function bytes(): Kind<number> {
  const parse = (given: string) => {
    const match = /^(\d+(?:\.\d+)?) ?([a-zA-Z]*)$/.exec(given)
    const unit = match && Object.hasOwn(units, match[2]!) ? units[match[2]!] : undefined
    const value = unit === undefined ? Number.NaN : Math.round(Number(match![1]) * unit)
    return value >= 1 && Number.isSafeInteger(value) ? value : undefined
  }
  return { allowed: 'a number of bytes such as 1048576, 64MiB or 2GiB', parse, format: formatBytes }
}

function formatBytes(value: number): string {
  const unit = ['TiB', 'GiB', 'MiB', 'KiB'].find((name) => value % units[name]! === 0)
  return unit ? `${value / units[unit]!}${unit}` : String(value)
}

/** A number from 0 to 1. */
export function share(): Kind<number> {
  const parse = (given: string) => {
    const value = /^(\d+(\.\d*)?|\.\d+)$/.test(given) ? Number(given) : Number.NaN
    return value >= 0 && value <= 1 ? value : undefined
  }
  return { allowed: 'a number from 0 to 1', parse, format: String }
}

/** One of a few words. */
export function oneOf<const T extends string>(...values: readonly T[]): Kind<T> {
  return {
    allowed: values.join(', '),
    parse: (given) => values.find((value) => value === given),
    format: (value) => value,
  }
}

/** `on` or `off`. */
export function onOff(): Kind<boolean> {
  return {
    allowed: 'on, off',
    parse: (given) => (given === 'on' ? true : given === 'off' ? false : undefined),
    format: (value) => (value ? 'on' : 'off'),
  }
}

/** The address of an HTTP service, without a path. */
export function httpOrigin(): Kind<string> {
  const parse = (given: string) => {
    if (!URL.canParse(given)) return undefined
    const { protocol, origin, href } = new URL(given)
    return /^https?:$/.test(protocol) && href === `${origin}/` ? origin : undefined
  }
  return {
    allowed: 'an http or https address without a path, such as http://worker:8081',
    parse,
    format: String,
  }
}

/** Addresses of HTTP services, each without a path. */
export function httpOrigins(): Kind<readonly string[]> {
  const one = httpOrigin()
  const parse = (given: string) => {
    const all = given.split(',').map((address) => one.parse(address.trim()))
    return all.every((address) => address !== undefined) ? [...new Set(all)] : undefined
  }
  return {
    allowed: `${one.allowed}; or several, joined by commas`,
    parse,
    format: (value) => value.join(','),
  }
}

/** A value that there may be none of; `none` says so. */
export function optional<T>(kind: Kind<T>): Kind<T | null> {
  return {
    allowed: `${kind.allowed}; or none`,
    parse: (given) => (given === 'none' ? null : kind.parse(given)),
    format: (value) => (value === null ? 'none' : kind.format(value)),
  }
}

const s3Address = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/

/** A bucket of S3, with a prefix or without. */
export function s3Url(): Kind<string> {
  const parse = (given: string) => (s3Address.test(given) ? given : undefined)
  return { allowed: 's3://bucket or s3://bucket/prefix', parse, format: String }
}

/** Folders and places in S3. */
export function places(): Kind<readonly string[]> {
  const parse = (given: string) => {
    if (given === 'none') return []
    const all = given.split(',').map((place) => place.trim())
    return all.every((place) => isAbsolute(place) || s3Address.test(place)) ? all : undefined
  }
  const format = (value: readonly string[]) => (value.length === 0 ? 'none' : value.join(','))
  return { allowed: 'absolute paths and s3://bucket/prefix, joined by commas; or none', parse, format }
}

/** Words with commas between them; `none` for no word. */
export function list(allowed: string, word: RegExp): Kind<readonly string[]> {
  const parse = (given: string) => {
    const words = given === 'none' ? [] : given.split(',').map((one) => one.trim())
    return words.every((one) => word.test(one)) ? words : undefined
  }
  const format = (value: readonly string[]) => (value.length === 0 ? 'none' : value.join(','))
  return { allowed: `${allowed}; or none`, parse, format }
}

/** The address of a Redis server. */
export function redisUrl(): Kind<string> {
  const parse = (given: string) =>
    URL.canParse(given) && /^rediss?:$/.test(new URL(given).protocol) ? given : undefined
  return { allowed: 'a redis or rediss address, such as redis://redis:6379', parse, format: String }
}

/** A queue: Redis, PostgreSQL, or PGlite as `npm start` serves it. */
export function queueUrl(): Kind<string> {
  const parse = (given: string) =>
    /^(rediss?|postgres(ql)?|pglite):\/\/[^/]/.test(given) && URL.canParse(given) ? given : undefined
  return { allowed: 'redis://…, rediss://… or postgres://…', parse, format: String }
}
