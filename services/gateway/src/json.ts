import { ProblemError } from '@crp-serve/contracts'

/**
 * Reads JSON.
 * @param what names the text in the message
 * @throws ProblemError `malformed-json`
 */
export function parseJson(bytes: Uint8Array, what = 'The body'): unknown {
  if (bytes.length === 0) throw new ProblemError('malformed-json', `${what} is empty where JSON is expected.`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    // V8 quotes the place; TextDecoder says that the bytes are not UTF-8.
    throw new ProblemError('malformed-json', `${what} is not JSON: ${(cause as Error).message}`, { cause })
  }
}
