import { isAscii } from 'node:buffer'
import { ProblemError } from '@crp-serve/contracts'

/** Most bodies are ASCII, which V8 holds and parses in half the time of other text. */
const textOf = (bytes: Uint8Array): string =>
  isAscii(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    : new TextDecoder('utf-8', { fatal: true }).decode(bytes)

/**
 * Reads JSON.
 * @param what names the text in the message
 * @throws ProblemError `malformed-json`
 */
export function parseJson(bytes: Uint8Array, what = 'The body'): unknown {
  if (bytes.length === 0) throw new ProblemError('malformed-json', `${what} is empty where JSON is expected.`)
  try {
    return JSON.parse(textOf(bytes))
  } catch (cause) {
    // V8 quotes the place; TextDecoder says that the bytes are not UTF-8.
    throw new ProblemError('malformed-json', `${what} is not JSON: ${(cause as Error).message}`, { cause })
  }
}
