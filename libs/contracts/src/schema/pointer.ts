/** A JSON pointer (RFC 6901) from unescaped segments; no segment gives '', the whole document. */
export const pointer = (...segments: readonly (string | number)[]): string =>
  segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** The unescaped segments of a JSON pointer. */
export const pointerSegments = (text: string): string[] =>
  text
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
