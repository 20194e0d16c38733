import { S3Client } from '@aws-sdk/client-s3'

/** An access key and its secret. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** How a bucket is reached. */
export interface S3Options {
  readonly bucket: string
  /** What stands before every key in the bucket, without a slash at its end; '' for the whole bucket. */
  readonly prefix?: string | undefined
  /** Address of the server; that of AWS in the region where there is none. */
  readonly endpoint?: string | undefined
  /** Address under which clients reach the server, for presigned links; `endpoint` where there is none. */
  readonly publicEndpoint?: string | undefined
  readonly region: string
  /** As the AWS tools find them (variables, shared files, roles) where there are none. */
  readonly credentials?: S3Credentials | undefined
}

/** Tries of a request that may be repeated, the first one included. */
export const maxAttempts = 3

const connectMs = 5_000
/** Longest silence of the server in the middle of a request. */
const silenceMs = 60_000
const maxSockets = 64

const ignore = () => undefined
/** The SDK would write to the console what it throws anyway. */
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }

/** A client for an address. Servers of one's own have their buckets in the path. */
export function s3Client({ region, credentials }: S3Options, endpoint: string | undefined): S3Client {
  return new S3Client({
    region,
    maxAttempts,
    logger: silent,
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    // Servers other than AWS do not take the trailing checksums that the SDK would add.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectMs,
      socketTimeout: silenceMs,
      httpAgent: { keepAlive: true, maxSockets },
      httpsAgent: { keepAlive: true, maxSockets },
    },
  })
}
