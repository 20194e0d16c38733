/** Number of bytes that padded base64 of this length and tail stands for. */
function decodedLength(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/**
 * Decodes standard, padded base64 (RFC 4648, section 4).
 * Node's own decoder skips what it does not know and takes the URL alphabet; this one refuses.
 * @returns undefined where the text is not valid base64
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  // Node looks at the low byte of a character alone: what is not ASCII would be taken for something else.
  if (text.length % 4 !== 0 || Buffer.byteLength(text) !== text.length) return undefined
  if (text.includes('-') || text.includes('_')) return undefined
  const bytes = Buffer.from(text, 'base64')
  // A character that was skipped is missing here: six bits less are at least one byte less.
  return bytes.length === decodedLength(text) ? bytes : undefined
}

/** Standard, padded base64 of bytes. */
export const encodeBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
