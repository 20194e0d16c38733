import type { ErrorKind } from './kind.ts'

/** Requests that are right but get no answer: limits, what is not there to answer, defects (429, 5xx). */
export const unanswered = {
  'rate-limited': {
    status: 429,
    title: 'There are too many requests',
    when: 'The key, or the address where there are no keys, has used up its requests of this minute.',
    retryAfter: 60,
  },
  'too-many-requests': {
    status: 429,
    title: 'The client has too many requests at once',
    when: 'A client or API key has as many requests waiting as there is room left for others; send fewer at a time.',
    retryAfter: 2,
  },
  overloaded: {
    status: 503,
    title: 'The service is busy',
    when: 'The queue of the engine is full.',
    retryAfter: 2,
  },
  'store-unavailable': {
    status: 503,
    title: 'The object store does not answer',
    when: 'The S3 server, or the disk, that holds models, data sets and results cannot be reached or fails.',
    retryAfter: 5,
  },
  'store-full': {
    status: 507,
    title: 'The object store is full',
    when: 'The disk or the quota of the store that holds models, data sets and results is used up.',
  },
  'store-access-denied': {
    status: 500,
    title: 'The object store refuses the service',
    when: 'The credentials of the service, or its rights on the disk, do not allow what it has to do.',
  },
  'store-bucket-missing': {
    status: 500,
    title: 'The bucket of the object store is missing',
    when: 'The bucket that the service, or a data set, is configured with does not exist.',
  },
  'jobs-unavailable': {
    status: 503,
    title: 'Jobs cannot be taken',
    when: 'The queue cannot be reached, or the gateway was started without one (`QUEUE_URL`).',
    retryAfter: 5,
  },
  'engine-unavailable': {
    status: 503,
    title: 'The attribution worker cannot be reached',
    when: 'The worker is starting, stopping or away.',
    retryAfter: 5,
  },
  'engine-crashed': {
    status: 503,
    title: 'The engine ended while it worked on the request',
    when: 'An engine process crashed; it is replaced.',
    retryAfter: 2,
  },
  'engine-killed': {
    status: 503,
    title: 'The engine was ended while it worked on the request',
    when: 'An engine process was killed from outside, most often for want of memory; it is replaced.',
    retryAfter: 2,
  },
  'not-ready': {
    status: 503,
    title: 'The service is not ready',
    when: '`/readyz` found that something which requests need does not answer; `details.checks` says what.',
    retryAfter: 5,
  },
  'shutting-down': {
    status: 503,
    title: 'The service is shutting down',
    when: 'A request arrived on an open connection after the service was told to stop.',
    retryAfter: 5,
  },
  'deadline-exceeded': {
    status: 504,
    title: 'The request took too long',
    when: 'The request was not answered within the configured time (120 s by default).',
  },
  cancelled: {
    status: 499,
    title: 'The client went away',
    when: 'The connection closed before the answer was ready; seen in logs only.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    when: 'The request line and headers are over 16 KiB.',
  },
  'run-failed': {
    status: 500,
    title: 'ONNX Runtime failed',
    when: 'ONNX Runtime gave up on a model that it had loaded.',
  },
  'job-lost': {
    status: 500,
    title: 'The job was given up',
    when: 'The processes that worked on the job ended again and again.',
  },
  internal: {
    status: 500,
    title: 'The service failed',
    when: 'A defect of the service; `request_id` finds it in the logs.',
  },
} as const satisfies Record<string, ErrorKind>
