import { StorageError } from './errors.ts'
import { FileSystemObjectStore } from './file-system-store.ts'
import { isKey } from './keys.ts'
import type { ObjectStore } from './object-store.ts'
import type { S3Credentials } from './s3/client.ts'
import type { S3ObjectStore } from './s3/s3-store.ts'

/** Which store there is; the services' configuration has these fields. */
export interface StoreConfig {
  /** Folder of the file-system store. */
  readonly dataDir: string
  /** `s3://bucket` or `s3://bucket/prefix`; null for the file system. */
  readonly storeUrl: string | null
  /** Address of the S3 server; null for AWS. */
  readonly s3Endpoint: string | null
  /** Address of the S3 server in presigned links; null where clients use the same one. */
  readonly s3PublicEndpoint: string | null
  readonly s3Region: string
  /** For tests; services leave them to the AWS variables. */
  readonly s3Credentials?: S3Credentials
}

/** Bucket and prefix of an `s3://` address. */
export interface S3Location {
  readonly bucket: string
  /** '' for the whole bucket. */
  readonly prefix: string
}

/**
 * Reads `s3://bucket`, `s3://bucket/prefix` or the same without `s3://`.
 * @throws StorageError `store-url-invalid`
 */
export function parseS3Url(text: string): S3Location {
  const [, bucket = '', rest = ''] = /^(?:s3:\/\/)?([^/]*)(?:\/(.*))?$/.exec(text) ?? []
  const prefix = rest.replace(/\/$/, '')
  const fits = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) && (prefix === '' || isKey(prefix))
  if (fits) return { bucket, prefix }
  const message = `${JSON.stringify(text)} is no address of objects in S3, such as s3://bucket or s3://bucket/prefix.`
  throw new StorageError('store-url-invalid', message, { given: text })
}

/** How S3 is reached; the services' configuration has these fields. */
export type S3Config = Omit<StoreConfig, 'storeUrl' | 'dataDir'>

/**
 * The configured store: a folder of this machine, or a bucket. Nothing is asked of it yet; `check` does.
 * @throws StorageError `store-url-invalid`
 */
export async function openObjectStore(config: StoreConfig): Promise<ObjectStore> {
  if (config.storeUrl === null) return new FileSystemObjectStore(config.dataDir)
  return await openS3(config, parseS3Url(config.storeUrl))
}

/** A place of the configured S3 server, with its credentials. */
export async function openS3(config: S3Config, location: S3Location): Promise<S3ObjectStore> {
  // The SDK takes a while to load, and most processes never need it.
  const { S3ObjectStore } = await import('./s3/s3-store.ts')
  return new S3ObjectStore({
    ...location,
    endpoint: config.s3Endpoint ?? undefined,
    publicEndpoint: config.s3PublicEndpoint ?? undefined,
    region: config.s3Region,
    credentials: config.s3Credentials,
  })
}
