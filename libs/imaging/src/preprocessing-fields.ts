import { ImagingError } from './errors.ts'

/** A JSON object whose fields are not yet known to be right. */
export type Json = Readonly<Record<string, unknown>>

/** Height and width in pixels. */
export type Size = readonly [height: number, width: number]

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A side of an image in pixels. */
export function isLength(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535
}

export function readLength(value: unknown, pointer: string): number {
  if (isLength(value)) return value
  throw invalid(pointer, 'Must be an integer from 1 to 65535.')
}

export function readFinite(value: unknown, pointer: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw invalid(pointer, 'Must be a finite number.')
}

/** A number for all three channels, or three numbers. */
export function readPerChannel(value: unknown, pointer: string): readonly number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value, value, value]
  if (list.length !== 3) throw invalid(pointer, 'Must be a number or one number for each of three channels.')
  return list.map((entry) => readFinite(entry, pointer))
}

/** As `readPerChannel`, for what is divided by. */
export function readDivisors(value: unknown, pointer: string): readonly number[] {
  const list = readPerChannel(value, pointer)
  if (list.includes(0)) throw invalid(pointer, 'Must not be zero: values are divided by it.')
  return list
}

export function invalid(pointer: string, message: string): ImagingError {
  return new ImagingError('preprocessing-invalid', `preprocessing${pointer}: ${message}`, { pointer })
}
