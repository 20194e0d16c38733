import { OnnxError } from '../errors.ts'

/** Gives the whole content of a file that stands beside the model, by the location that the model names. */
export type ExternalFiles = (location: string) => Uint8Array | undefined

const hasTraversal = (location: string): boolean =>
  location === '' ||
  location.startsWith('/') ||
  /^[a-zA-Z]:/.test(location) ||
  location.includes('\\') ||
  location.includes('\0') ||
  location.split('/').some((part) => part === '..')

/** Checks that a location stays in the model's own folder. Throws `model-invalid`. */
export function checkLocation(tensor: string, location: string): void {
  if (!hasTraversal(location)) return
  const message = `the weights of ${tensor} stand in ${JSON.stringify(location)}: only files in the model's own folder are read`
  throw new OnnxError('model-invalid', message, { tensor, location })
}

/** The bytes of a tensor in a file beside the model, as a view. Throws where the file is missing or too short. */
export function externalBytes(
  tensor: string,
  where: { readonly location: string; readonly offset: number; readonly length: number },
  files: ExternalFiles | undefined,
): Uint8Array {
  const file = files?.(where.location)
  if (file === undefined) {
    const message = `the weights of ${tensor} stand in ${JSON.stringify(where.location)}, which was not given: send it as a further part with that file name`
    throw new OnnxError('model-invalid', message, { tensor, location: where.location })
  }
  const end = where.offset + where.length
  if (end > file.byteLength) {
    const message = `${where.location} has ${file.byteLength} bytes, but ${tensor} ends at byte ${end}`
    throw new OnnxError('model-truncated', message, { tensor, location: where.location })
  }
  return new Uint8Array(file.buffer, file.byteOffset + where.offset, where.length)
}
