import { ImagingError } from './errors.ts'

/**
 * Colour maps by the names that users of zennit know. A map is a list of nodes `[position:]colour` with linear
 * interpolation between them; position is hexadecimal in 00..ff, colour `rgb` or `rrggbb`. Nodes without a position
 * are spread evenly between their neighbours.
 */
export const colormaps = {
  gray: '000,fff',
  wred: 'fff,f00',
  wblue: 'fff,00f',
  hot: '000,f00,ff0,fff',
  cold: '000,00f,0ff',
  coldnhot: '0ff,00f,80:000,f00,ff0,fff',
  bwr: '00f,80:fff,f00',
  france: '0055a4,80:fff,ef4135',
  seismic: '0000d0,80:d0d0d0,d00000',
  coolio: '00d0d0,80:d0d0d0,d000d0',
  coleus: '00d000,80:d0d0d0,d000d0',
} as const satisfies Record<string, string>

export type ColormapName = keyof typeof colormaps

interface Node {
  readonly position: number
  readonly colour: readonly number[]
}

/**
 * The 256 colours of a map as [256, 3] bytes.
 * @param map a name of `colormaps`, or a list of nodes in their notation
 * @param level contrast: positions are scaled around the centre by it, so 2 saturates the outer halves
 * @throws ImagingError `colormap-invalid`
 */
export function palette(map: string, level = 1): Uint8Array {
  if (!Number.isFinite(level) || level < 0) {
    throw new ImagingError('render-invalid', 'level must be a number from 0.', { pointer: '/level' })
  }
  const nodes = parseColormap(Object.hasOwn(colormaps, map) ? colormaps[map as ColormapName] : map)
  const colours = new Uint8Array(256 * 3)
  for (let i = 0; i < 256; i++) {
    const position = Math.min(1, Math.max(0, (((2 * i) / 255 - 1) * level + 1) / 2)) * 255
    colours.set(interpolate(nodes, position).map(truncateTo8Bit), i * 3)
  }
  return colours
}

/** Rounds to 12 digits first, so that 254.999999999999971 becomes 255. */
function truncateTo8Bit(value: number): number {
  return Math.trunc(Math.round(value * 1e12) / 1e12)
}

function interpolate(nodes: readonly Node[], position: number): readonly number[] {
  const next = nodes.findIndex((node) => node.position >= position)
  if (next <= 0) return nodes.at(next)!.colour
  const [a, b] = [nodes[next - 1]!, nodes[next]!]
  const share = (position - a.position) / (b.position - a.position)
  return a.colour.map((value, c) => value + (b.colour[c]! - value) * share)
}

const nodePattern = /^(?:([0-9a-f]{1,2}):)?([0-9a-f]{3}|[0-9a-f]{6})$/i

function parseColormap(text: string): readonly Node[] {
  const matches = text.split(',').map((part) => nodePattern.exec(part.trim()))
  if (matches.length < 2 || matches.includes(null)) {
    const names = Object.keys(colormaps).join(', ')
    throw invalid(`"${text}" is neither a colour map (${names}) nor a list of nodes such as 00f,80:fff,f00.`)
  }
  const positions = fillPositions(matches.map((match) => (match?.[1] ? hexByte(match[1]) : undefined)))
  return matches.map((match, i) => ({ position: positions[i]!, colour: parseColour(match![2]!) }))
}

/** The first and last node stand at 0 and 255 unless they say otherwise; the rest divide the gaps into whole steps. */
function fillPositions(given: readonly (number | undefined)[]): readonly number[] {
  const positions = given.with(0, given[0] ?? 0).with(-1, given.at(-1) ?? 255)
  for (let from = 0, to = 1; to < positions.length; to++) {
    if (positions[to] === undefined) continue
    const [a, b] = [positions[from]!, positions[to]!]
    if (b <= a) throw invalid('The positions of a colour map must increase.')
    for (let i = from + 1; i < to; i++) positions[i] = Math.trunc(a + ((b - a) * (i - from)) / (to - from))
    from = to
  }
  return positions as number[]
}

function parseColour(hex: string): readonly number[] {
  const digits = hex.length === 3 ? hex.split('') : hex.match(/../g)!
  return digits.map(hexByte)
}

/** One digit stands for itself twice: `8` is 0x88. */
function hexByte(digits: string): number {
  return Number.parseInt(digits.length === 1 ? digits + digits : digits, 16)
}

function invalid(message: string): ImagingError {
  return new ImagingError('colormap-invalid', message, { pointer: '/colormap' })
}
