import { StorageError } from './errors.ts'

/** Limits that every driver can keep: S3 takes keys of 1024 bytes, file systems take names of 255 bytes. */
export const maxKeyBytes = 1024
const maxSegmentBytes = 255

/** Names of unfinished files in the file-system driver; keys may not use them. */
export const temporaryPrefix = '.tmp-'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const forbiddenCharacters = /[\u0000-\u001f\u007f\\]/

/**
 * Checks a key: segments joined by `/`, none of them empty, `.`, `..` or starting with `.tmp-`; well-formed Unicode
 * without control characters and backslashes; at most 1024 bytes of UTF-8, 255 in a segment. A key is thus the same in
 * every driver, and in the file system it is the path below the root.
 *
 * @throws StorageError `object-key-invalid`
 */
export function checkKey(key: string): void {
  const reason = keyFault(key)
  if (reason !== undefined) {
    throw new StorageError('object-key-invalid', `The key ${JSON.stringify(key)} ${reason}.`, { key })
  }
}

/**
 * Checks a folder of keys: a key with a slash at its end.
 *
 * @throws StorageError `object-key-invalid`
 */
export function checkFolder(folder: string): void {
  if (folder.endsWith('/') && isKey(folder.slice(0, -1))) return
  const message = `${JSON.stringify(folder)} is no folder of keys: segments, and a slash at the end.`
  throw new StorageError('object-key-invalid', message, { key: folder })
}

/** Whether a string is a key that `checkKey` accepts. */
export function isKey(text: string): boolean {
  return keyFault(text) === undefined
}

function keyFault(key: string): string | undefined {
  if (Buffer.from(key).toString() !== key) return 'is not well-formed Unicode'
  if (forbiddenCharacters.test(key)) return 'has a control character or a backslash'
  if (Buffer.byteLength(key) > maxKeyBytes) return `is longer than ${maxKeyBytes} bytes`
  for (const segment of key.split('/')) {
    if (segment === '') return 'has an empty segment'
    if (segment === '.' || segment === '..') return `has the segment ${segment}`
    if (segment.startsWith(temporaryPrefix)) return `has a segment that starts with ${temporaryPrefix}`
    if (Buffer.byteLength(segment) > maxSegmentBytes)
      return `has a segment of more than ${maxSegmentBytes} bytes`
  }
  return undefined
}

/**
 * Turns any text (a layer's name) into one segment of a key: `/`, `\`, `%`, control characters and a leading dot are
 * percent-encoded, everything else stays readable. `decodeURIComponent` undoes it.
 */
export function keySegment(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  return text.replace(/[\u0000-\u001f\u007f/\\%]|^\./g, percentEncode)
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

/** The order of keys: by their UTF-8 bytes, as S3 lists them. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
