/** The formats that are read. */
export type ImageFormat = 'jpeg' | 'png' | 'webp'

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** The format by its first bytes, or `undefined`. A file name or a media type is never trusted. */
export function sniffFormat(bytes: Uint8Array): ImageFormat | undefined {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg'
  if (startsWith(bytes, pngSignature)) return 'png'
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP') return 'webp'
  return undefined
}

/** Formats that are not read, by their first bytes behind an offset. */
const otherFormats: readonly (readonly [name: string, offset: number, start: string])[] = [
  ['a GIF file', 0, 'GIF8'],
  ['a BMP file', 0, 'BM'],
  ['a TIFF file', 0, 'II*\0'],
  ['a TIFF file', 0, 'MM\0*'],
  ['an AVIF file', 4, 'ftypavif'],
  ['a HEIC file', 4, 'ftyphei'],
  ['a JPEG XL file', 4, 'JXL '],
  ['a PDF file', 0, '%PDF'],
  ['an SVG file', 0, '<svg'],
  ['an XML or SVG file', 0, '<?xml'],
]

/** What bytes are that are no image of a format that is read, as far as their beginning tells. */
export function otherFormat(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'an empty file'
  const found = otherFormats.find(
    ([, offset, start]) => ascii(bytes, offset, offset + start.length) === start,
  )
  return found?.[0]
}

/** The media type of an encoded image by its first bytes, or `undefined`. */
export function imageType(bytes: Uint8Array): string | undefined {
  const format = sniffFormat(bytes)
  return format === undefined ? undefined : `image/${format}`
}

/**
 * Whether a PNG has its end chunk (PNG specification, section 5.3: length, type, data, CRC). libpng is content without
 * it once all pixels are there, so that a file cut within its last 12 bytes would pass.
 */
export function hasPngEnd(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = pngSignature.length
  while (at + 12 <= bytes.length) {
    const next = at + 12 + view.getUint32(at)
    if (ascii(bytes, at + 4, at + 8) === 'IEND') return next <= bytes.length
    at = next
  }
  return false
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((value, i) => bytes[i] === value)
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to))
}
