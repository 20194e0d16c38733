import { readFileSync } from 'node:fs'
import type { RgbImage } from '../src/index.ts'

/** An image as `make_fixtures.py` writes it. */
export interface StoredImage {
  readonly width: number
  readonly height: number
  readonly rgb: string
}

export function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')) as T
}

export function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

export function image({ width, height, rgb }: StoredImage): RgbImage {
  return { width, height, rgb: bytes(rgb) }
}

export const generous = { maxBytes: 1e8, maxPixels: 1e8 }

/** Just enough of the .npy format for the golden cases: version 1, float32 or uint8. */
export function readNpy(path: string): { shape: number[]; data: Float32Array | Uint8Array } {
  const file = readFileSync(new URL(`fixtures/${path}`, import.meta.url))
  const headerEnd = 10 + file.readUInt16LE(8)
  const header = file.toString('latin1', 10, headerEnd)
  const shape = /\(([^)]*)\)/.exec(header)![1]!.split(',').filter(Boolean).map(Number)
  const data = new Uint8Array(file.subarray(headerEnd))
  return { shape, data: header.includes("'<f4'") ? new Float32Array(data.buffer) : data }
}
