import {
  type ErrorCode,
  errorCodes,
  errorKind,
  Job,
  ModelMetadata,
  PROBLEM_TYPE,
  Problem,
  ProblemError,
  toProblem,
} from '@crp-serve/contracts'
import { type TSchema, Type } from 'typebox'
import { type AnswerName, exampleOf, titleOf } from './answers/index.ts'

/** Codes that every route can answer with. */
const everywhere: readonly ErrorCode[] = [
  'malformed-request',
  'request-timeout',
  'headers-too-large',
  'internal',
  'shutting-down',
]

/** Codes of the routes behind which the object store is. */
export const storeProblems: readonly ErrorCode[] = [
  'store-unavailable',
  'store-full',
  'store-access-denied',
  'store-bucket-missing',
]

/** Codes of the routes behind which the worker is: models, data sets and results lie in its store. */
const workerProblems: readonly ErrorCode[] = ['engine-unavailable', 'deadline-exceeded', ...storeProblems]

/** Codes of the routes that may ask for an API key. */
export const accessProblems: readonly ErrorCode[] = ['unauthenticated', 'forbidden', 'rate-limited']

/** Codes of a body of JSON or multipart. */
export const submissionProblems: readonly ErrorCode[] = [
  'malformed-json',
  'malformed-multipart',
  'malformed-content-encoding',
  'body-too-large',
  'unsupported-media-type',
  'unsupported-content-encoding',
  'validation-failed',
  'part-missing',
]

/** Codes of images and tensors. */
export const inputProblems: readonly ErrorCode[] = [
  'too-many-rows',
  'image-not-supported',
  'image-url-refused',
  'image-truncated',
  'image-too-large',
  'preprocessing-missing',
  'preprocessing-invalid',
  'tensor-malformed',
  'tensor-not-finite',
  'tensor-shape-mismatch',
  'tensor-type-mismatch',
]

/** Codes of work in the engine. */
export const computationProblems: readonly ErrorCode[] = [
  'unknown-model',
  'model-load-failed',
  'run-failed',
  'too-many-requests',
  'overloaded',
  'engine-crashed',
  'engine-killed',
]

/** Codes of what an attribution asks for. */
export const attributionProblems: readonly ErrorCode[] = [
  'pairing-mismatch',
  'target-missing',
  'target-not-allowed',
  'unknown-layer',
  'duplicate-layer',
  'channel-out-of-range',
  'position-out-of-range',
  'class-out-of-range',
  'direction-invalid',
  'region-invalid',
  'layer-not-reachable',
  'rule-not-applicable',
  'rule-parameter-invalid',
  'attributor-invalid',
  'colormap-invalid',
  'render-invalid',
  'heatmap-not-finite',
  'model-not-supported',
]

/** Codes of a request that becomes a job. */
export const jobProblems: readonly ErrorCode[] = ['idempotency-key-reused', 'jobs-unavailable']

/** Headers that make a request a job. */
export const JobHeaders = Type.Object({
  prefer: Type.Optional(
    Type.String({ description: '`respond-async`: answer 202 at once and do the work as a job.' }),
  ),
  'idempotency-key': Type.Optional(
    Type.String({
      description: 'With `Prefer: respond-async`: the same key and the same content are the same job, once.',
    }),
  ),
})

// `format` is the older of the two words for the same, and what most generators of clients read.
const Binary = Type.Unsafe<Uint8Array>({
  type: 'string',
  format: 'binary',
  contentMediaType: 'application/octet-stream',
})

/** An example of each code, from the table itself: `components/examples` of the document. */
export const problemExamples = Object.fromEntries(
  errorCodes.map((code) => [
    code,
    {
      summary: errorKind(code).when,
      value: toProblem(new ProblemError(code, errorKind(code).when), {
        instance: '/v1/attributions',
        requestId: '5f0c1a2e-8f0e-4a52-9d49-3a4b1c0de111',
      }),
    },
  ]),
)

/** The error responses of a route that asks the worker, grouped by status, with an example of every code. */
export const problemResponses = (codes: readonly ErrorCode[]): Record<number, unknown> =>
  ownProblemResponses([...codes, ...workerProblems])

/** The error responses of a route that the gateway answers by itself. */
export function ownProblemResponses(codes: readonly ErrorCode[] = []): Record<number, unknown> {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of new Set([...codes, ...everywhere])) {
    const { status } = errorKind(code)
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\``).join(', '),
        content: {
          [PROBLEM_TYPE]: {
            schema: Problem,
            examples: Object.fromEntries(
              group.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
            ),
          },
        },
      },
    ]),
  )
}

/**
 * A response of JSON with an example.
 * @param example the one that is called as the schema is, by default
 */
export const jsonResponse = (description: string, schema: TSchema, example?: AnswerName) => ({
  description,
  content: { 'application/json': { schema, examples: exampleOf(example ?? titleOf(schema)) } },
})

/** A body of JSON. */
export const jsonBody = (schema: TSchema, examples: Readonly<Record<string, unknown>>) => ({
  content: { 'application/json': { schema: { ...schema, 'x-examples': examples } } },
})
/** The answer to a request that has become a job. */
export const acceptedResponse = {
  202: jsonResponse('With `Prefer: respond-async`: the job; `Location` holds its path.', Job, 'QueuedJob'),
}

/** What a client does next with a job that it has got. */
const jobLink = (operationId: string, description: string) => ({
  operationId,
  parameters: { id: '$response.body#/id' },
  description,
})

/** Links of the answers that hold a new job. */
export const jobLinks = {
  202: {
    GetJob: jobLink('getJob', 'Tells where the job stands.'),
    WatchJob: jobLink('watchJob', 'Tells of every change as it happens.'),
    GetJobResult: jobLink('getJobResult', 'What the job has come to, once it has succeeded.'),
    CancelJob: jobLink('cancelJob', 'Cancels the job.'),
  },
} as const

/** Links of the answer that holds the job of a new feature visualization. */
export const visualizationLinks = {
  202: {
    ...jobLinks[202],
    GetFeatureVisualization: jobLink('getFeatureVisualization', 'The job with its manifest.'),
    ExportFeatureVisualization: jobLink('exportFeatureVisualization', 'The archive, once it is finished.'),
  },
} as const

/** A response of bytes, in one of some media types. */
export const binaryResponse = (description: string, types: readonly string[]) => ({
  description,
  content: Object.fromEntries(types.map((type) => [type, { schema: Binary }])),
})

/** The responses of a picture that clients may keep. */
export const pictureResponses = (description: string) => ({
  200: {
    description,
    headers: {
      etag: { type: 'string' },
      'cache-control': { type: 'string' },
    },
    content: { 'image/png': { schema: Binary } },
  },
  304: { description: 'The client has it: `If-None-Match` named its `ETag`.', type: 'null' },
})

/** A body of JSON, or the same JSON as a part beside the files that it names. */
export const submissionBody = (schema: TSchema, examples: Readonly<Record<string, unknown>>) => ({
  content: {
    'application/json': { schema: { ...schema, 'x-examples': examples } },
    'multipart/form-data': {
      schema: Type.Object({
        request: schema,
        image: Type.Optional(
          Type.Array(Binary, {
            description: 'Image files, in the order of the inputs; other names go as well.',
          }),
        ),
      }),
    },
  },
})

/** The body of an upload. */
export const uploadBody = {
  content: {
    'multipart/form-data': {
      schema: Type.Object({
        metadata: ModelMetadata,
        model: Binary,
        external_data: Type.Optional(
          Type.Array(Binary, { description: 'Files of external data, by their file names.' }),
        ),
      }),
    },
  },
}
