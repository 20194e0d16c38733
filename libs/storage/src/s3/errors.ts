import { StorageError, type StorageErrorCode } from '../errors.ts'

interface SdkError {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number }
}

/** HTTP status of the answer that an error stands for; undefined where there was none. */
export const statusOf = (error: unknown): number | undefined =>
  (error as SdkError | undefined)?.$metadata?.httpStatusCode

/** How often the SDK has sent the request of an error. */
export const attemptsOf = (error: unknown): number =>
  (error as SdkError | undefined)?.$metadata?.attempts ?? 1

/** Error codes of S3 servers by what they mean. */
const meanings: Readonly<Record<string, StorageErrorCode>> = {
  NoSuchKey: 'object-not-found',
  NoSuchBucket: 'store-bucket-missing',
  QuotaExceeded: 'store-full',
  XMinioStorageFull: 'store-full',
  XMinioAdminBucketQuotaExceeded: 'store-full',
  InsufficientCapacity: 'store-full',
  AccessDenied: 'store-access-denied',
  AllAccessDisabled: 'store-access-denied',
  AccountProblem: 'store-access-denied',
  ExpiredToken: 'store-access-denied',
  InvalidAccessKeyId: 'store-access-denied',
  InvalidToken: 'store-access-denied',
  RequestTimeTooSkewed: 'store-access-denied',
  SignatureDoesNotMatch: 'store-access-denied',
  CredentialsProviderError: 'store-access-denied',
  TimeoutError: 'store-unavailable',
}

/** What the operating system says where a server cannot be reached or goes away. */
const network = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'],
])

/** The bucket's name is for logs, as everything that the SDK says. */
export const bucketMissing = 'The bucket of the object store does not exist.'

const sentences: Readonly<Partial<Record<StorageErrorCode, string>>> = {
  'store-unavailable': 'The object store does not answer.',
  'store-full': 'The object store has no room left.',
  'store-access-denied': 'The object store refuses the credentials that it is configured with.',
  'store-bucket-missing': bucketMissing,
}

function meaningOf(error: SdkError): StorageErrorCode | undefined {
  const known = meanings[error.name]
  if (known !== undefined) return known
  if (typeof error.code === 'string' && network.has(error.code)) return 'store-unavailable'
  const status = statusOf(error)
  if (status === 403) return 'store-access-denied'
  if (status === 507) return 'store-full'
  // 429 is what some servers send for "slow down"; AWS sends 503.
  return status !== undefined && (status >= 500 || status === 429) ? 'store-unavailable' : undefined
}

/**
 * An error of the SDK as one of this library; anything else, and what means nothing here, stays as it is. What the SDK
 * says (addresses, names of buckets and accounts) is for logs: it stays with the cause.
 */
export function storeError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StorageError) return error
  const code = meaningOf(error)
  if (code === undefined) return error
  const sentence = sentences[code] ?? 'There is no such object.'
  return new StorageError(code, sentence, {}, { cause: error })
}
