import { availableParallelism } from 'node:os'
import {
  bytes,
  httpOrigin,
  httpOrigins,
  integer,
  type Kind,
  list,
  oneOf,
  onOff,
  optional,
  places,
  queueUrl,
  redisUrl,
  s3Url,
  share,
  text,
} from './kinds.ts'

/** The services that read configuration. */
export type Service = 'gateway' | 'attribution' | 'feature-visualization'

/** A default that depends on this machine or on other variables. */
export interface DerivedDefault<T> {
  /** How it is found, in words, for the documentation. */
  readonly words: string
  /** `soFar` holds the variables that stand before this one in the table. */
  readonly derive: (soFar: Readonly<Record<string, unknown>>) => T
}

/** One environment variable. */
export interface Variable<T, S extends Service = Service> {
  readonly env: string
  readonly kind: Kind<T>
  readonly default: T | DerivedDefault<T>
  readonly services: readonly S[]
  readonly description: string
}

function variable<T, const S extends Service>(
  env: string,
  kind: Kind<T>,
  fallback: NoInfer<T> | DerivedDefault<NoInfer<T>>,
  services: readonly S[],
  description: string,
): Variable<T, S> {
  return { env, kind, default: fallback, services, description }
}

const gateway = ['gateway'] as const
const attribution = ['attribution'] as const
const jobs = ['feature-visualization'] as const
const both = ['gateway', 'attribution'] as const
const engines = ['attribution', 'feature-visualization'] as const
const queued = ['gateway', 'feature-visualization'] as const
const all = ['gateway', 'attribution', 'feature-visualization'] as const
const port = integer(0, 65_535)
const milliseconds = integer(0, 2 ** 31 - 1)
const MiB = 2 ** 20
const GiB = 2 ** 30

/** Every environment variable of the product, by the name of its property in the config. */
export const variables = {
  host: variable(
    'HOST',
    text('a host name or address'),
    '127.0.0.1',
    gateway,
    'Address on which the gateway listens.',
  ),
  port: variable('PORT', port, 8080, gateway, 'Port of the gateway; 0 takes any free one.'),
  dataDir: variable('DATA_DIR', text('a path'), './data', all, 'Folder of models, data sets and results.'),
  storeUrl: variable(
    'STORE_URL',
    optional(s3Url()),
    null,
    all,
    'Where models, data sets and results are kept instead of DATA_DIR, which then holds copies only. Credentials are taken from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and whatever else the AWS tools know.',
  ),
  s3Endpoint: variable(
    'S3_ENDPOINT',
    optional(httpOrigin()),
    null,
    all,
    'Address of an S3 server other than AWS; its buckets are addressed in the path.',
  ),
  s3PublicEndpoint: variable(
    'S3_PUBLIC_ENDPOINT',
    optional(httpOrigin()),
    null,
    all,
    'Address of the S3 server in presigned links, where clients reach it under another one.',
  ),
  presignedLinkSeconds: variable(
    'PRESIGNED_LINK_SECONDS',
    integer(1, 7 * 24 * 3600),
    3600,
    attribution,
    'Seconds for which the links of `links=presigned` lead to their pictures.',
  ),
  referencePictureBytes: variable(
    'REFERENCE_PICTURE_BYTES',
    bytes(),
    GiB,
    attribution,
    'Most bytes of pictures of references that requests leave in the store for each feature visualization. The oldest go first, and are drawn again when they are asked for.',
  ),
  s3Region: variable('S3_REGION', text('the name of a region'), 'us-east-1', all, 'Region of the buckets.'),
  datasetRoots: variable(
    'DATASET_ROOTS',
    places(),
    [],
    engines,
    'Folders and places in S3 below which data sets may be registered where they lie.',
  ),
  maxDatasetBytes: variable(
    'MAX_DATASET_BYTES',
    bytes(),
    4 * GiB,
    all,
    'Largest .zip of a data set, and largest sum of its files.',
  ),
  logLevel: variable(
    'LOG_LEVEL',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    all,
    'Least severe log lines that are written.',
  ),
  attributionHost: variable(
    'ATTRIBUTION_HOST',
    text('a host name or address'),
    '127.0.0.1',
    attribution,
    'Address on which the attribution worker listens.',
  ),
  attributionPort: variable('ATTRIBUTION_PORT', port, 8081, attribution, 'Port of the attribution worker.'),
  attributionUrls: variable(
    'ATTRIBUTION_URL',
    httpOrigins(),
    { words: 'http://ATTRIBUTION_HOST:ATTRIBUTION_PORT', derive: (soFar) => [workerUrl(soFar)] },
    queued,
    'Where gateway and job worker reach the attribution workers: one address or several, with commas between. A host name with several addresses stands for a worker at each.',
  ),
  engineProcesses: variable('ENGINE_PROCESSES', integer(1, 256), 1, engines, 'Engine processes of a worker.'),
  engineThreads: variable(
    'ENGINE_THREADS',
    integer(1, 1024),
    { words: 'number of cores', derive: () => availableParallelism() },
    engines,
    'Threads of each engine process.',
  ),
  engineMemoryBytes: variable(
    'ENGINE_MEMORY_BYTES',
    bytes(),
    2 * GiB,
    engines,
    'Memory that the cached sessions of each engine process may take; shared weights do not count.',
  ),
  engineRssLimit: variable(
    'ENGINE_RSS_LIMIT',
    bytes(),
    4 * GiB,
    engines,
    'Private memory at which an engine process is replaced between two requests; shared weights do not count.',
  ),
  batchMaxRows: variable(
    'BATCH_MAX_ROWS',
    integer(1, 1024),
    16,
    attribution,
    'Most rows of different requests that are computed together; 1 computes every request alone. How many are worth it is learned for every plan.',
  ),
  batchDelayMs: variable(
    'BATCH_DELAY_MS',
    milliseconds,
    0,
    attribution,
    'Milliseconds that a request waits for others to be computed with. With 0 it goes at once where the engine is free, and else with those that wait as well.',
  ),
  queueLimit: variable(
    'QUEUE_LIMIT',
    integer(1),
    256,
    attribution,
    'Most requests that a worker works on or keeps waiting. One client or API key gets no more of them than are left over.',
  ),
  queueBytes: variable(
    'QUEUE_BYTES',
    bytes(),
    GiB,
    attribution,
    'Most bytes that the bodies of these requests may have together.',
  ),
  executionProvider: variable(
    'EXECUTION_PROVIDER',
    oneOf('cpu', 'cuda'),
    'cpu',
    engines,
    'Where ONNX Runtime computes. The worker does not start where cuda is not usable.',
  ),
  maxModelBytes: variable('MAX_MODEL_BYTES', bytes(), 2 * GiB, all, 'Largest model, external data included.'),
  maxImageBytes: variable('MAX_IMAGE_BYTES', bytes(), 32 * MiB, all, 'Largest encoded image.'),
  maxImagePixels: variable(
    'MAX_IMAGE_PIXELS',
    integer(1),
    2 ** 26,
    all,
    'Largest image, width times height.',
  ),
  maxBodyBytes: variable(
    'MAX_BODY_BYTES',
    bytes(),
    64 * MiB,
    both,
    'Largest request body that is not a model.',
  ),
  maxRows: variable(
    'MAX_ROWS',
    integer(1),
    256,
    both,
    'Most rows (inputs and conditions combined) of one request.',
  ),
  requestTimeoutMs: variable(
    'REQUEST_TIMEOUT_MS',
    milliseconds,
    120_000,
    both,
    'Milliseconds after which a request is given up; the header `request-timeout` can only shorten them.',
  ),
  bodyTimeoutMs: variable(
    'BODY_TIMEOUT_MS',
    milliseconds,
    60_000,
    gateway,
    'Milliseconds that a body which is no upload of a model or data set may take to arrive.',
  ),
  otlpEndpoint: variable(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    optional(httpOrigin()),
    null,
    all,
    'OpenTelemetry collector (OTLP over HTTP) that traces are sent to; without it there are none.',
  ),
  traceSampleRatio: variable(
    'OTEL_TRACES_SAMPLER_ARG',
    share(),
    1,
    all,
    'Share of the traces that are recorded, where the caller has not decided.',
  ),
  queueUrl: variable(
    'QUEUE_URL',
    optional(queueUrl()),
    null,
    queued,
    'The queue of jobs. Without one the gateway takes no jobs; `npm start` starts one of its own.',
  ),
  maxJobRows: variable(
    'MAX_JOB_ROWS',
    integer(1),
    4096,
    queued,
    'Most rows of a request that becomes a job.',
  ),
  jobWorkerHost: variable(
    'JOB_WORKER_HOST',
    text('a host name or address'),
    '127.0.0.1',
    jobs,
    'Address on which the job worker answers `/healthz` and `/readyz`.',
  ),
  jobWorkerPort: variable(
    'JOB_WORKER_PORT',
    port,
    8082,
    jobs,
    'Port of the job worker; 0 takes any free one.',
  ),
  jobConcurrency: variable(
    'JOB_CONCURRENCY',
    integer(1, 64),
    1,
    jobs,
    'Jobs that one job worker works on at a time; of the parts of jobs it has one more at hand.',
  ),
  jobNice: variable(
    'JOB_NICE',
    integer(0, 19),
    10,
    jobs,
    'Niceness of the job worker and its engine: how far it stands back behind other processes of the machine.',
  ),
  jobMaxWaitMs: variable(
    'JOB_MAX_WAIT_MS',
    milliseconds,
    10_000,
    jobs,
    'Longest that a job waits between two pieces of its work while interactive requests are answered.',
  ),
  jobLockMs: variable(
    'JOB_LOCK_MS',
    integer(1000, 2 ** 31 - 1),
    30_000,
    jobs,
    'Milliseconds after which the work of a job worker that has died is taken over.',
  ),
  jobRetentionMs: variable(
    'JOB_RETENTION_MS',
    integer(0),
    7 * 24 * 3_600_000,
    jobs,
    'Milliseconds that a finished job and its result are kept.',
  ),
  jobRetentionCount: variable(
    'JOB_RETENTION_COUNT',
    integer(1, 100_000),
    1000,
    jobs,
    'Most finished jobs that are kept; the oldest go first.',
  ),
  demo: variable(
    'DEMO',
    onOff(),
    true,
    gateway,
    'Whether the demo model and its data set are registered at the start.',
  ),
  apiKeysFile: variable(
    'API_KEYS_FILE',
    optional(text('a path')),
    null,
    gateway,
    'File of API keys, as `npm run api-key` writes it. With it every request needs one.',
  ),
  rateLimitPerMinute: variable(
    'RATE_LIMIT_PER_MINUTE',
    integer(0),
    0,
    gateway,
    'Requests that each key, or each address where there are no keys, may send in a minute; 0 for any number.',
  ),
  rateLimitRedisUrl: variable(
    'RATE_LIMIT_REDIS_URL',
    optional(redisUrl()),
    null,
    gateway,
    'Redis in which several gateways count together; without it each counts by itself.',
  ),
  corsOrigins: variable(
    'CORS_ORIGINS',
    list(
      'origins such as https://app.example.org with commas between them, or *',
      /^(\*|https?:\/\/[^/\s,]+)$/,
    ),
    [],
    gateway,
    'Origins whose pages may read answers.',
  ),
  imageHosts: variable(
    'IMAGE_HOSTS',
    list('host names with commas between them, such as images.example.org', /^[a-z0-9.-]+(:\d+)?$/i),
    [],
    gateway,
    'Hosts from which images may be fetched where a request names them by an https URL.',
  ),
  drainDelayMs: variable(
    'DRAIN_DELAY_MS',
    milliseconds,
    0,
    both,
    'Milliseconds that a service which is told to stop still takes requests while `/readyz` says 503, so that balancers look elsewhere first.',
  ),
  shutdownGraceMs: variable(
    'SHUTDOWN_GRACE_MS',
    milliseconds,
    30_000,
    all,
    'Milliseconds that requests in flight have when a service is told to stop.',
  ),
} as const

function workerUrl(soFar: Readonly<Record<string, unknown>>): string {
  const host = String(soFar['attributionHost'])
  // A worker that listens on every address is reached on this machine's own.
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${soFar['attributionPort']}`
}
