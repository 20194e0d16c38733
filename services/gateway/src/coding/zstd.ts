import { Transform } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Zstd } from '@hpcc-js/wasm-zstd'
import { Decompress } from 'fzstd'

/**
 * Zstandard (RFC 8878), which the zlib of Node 20 does not have. Reading streams and stops at a limit; writing makes
 * frames of a bounded size, between which the event loop goes on.
 */

/** Bytes of a frame before compression: a few milliseconds of work. */
const FRAME = 1 << 20

/** zstd's own default. */
const LEVEL = 3

/** Bytes as one frame, or several one after the other. */
export async function compressZstd(bytes: Uint8Array): Promise<Buffer> {
  const zstd = await Zstd.load()
  const frames: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += FRAME) {
    if (start > 0) await nextTurn()
    frames.push(zstd.compress(bytes.subarray(start, start + FRAME), LEVEL))
  }
  return Buffer.concat(frames)
}

/**
 * A stream that decompresses. It fails where more than `limit` bytes come out, before they are all in memory.
 * @param tooLong makes the error for that
 */
export function zstdDecoder(limit: number, tooLong: () => Error): Transform {
  let length = 0
  const decoder = new Decompress((chunk) => {
    length += chunk.length
    if (length > limit) throw tooLong()
    stream.push(chunk)
  })
  const step = (chunk: Uint8Array, last: boolean, done: (error?: Error) => void) => {
    try {
      decoder.push(chunk, last)
      done()
    } catch (error) {
      done(error as Error)
    }
  }
  const stream = new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => step(chunk, false, done),
    flush: (done) => step(new Uint8Array(0), true, done),
  })
  return stream
}
