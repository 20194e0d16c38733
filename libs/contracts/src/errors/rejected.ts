import type { ErrorKind } from './kind.ts'

/** Requests that cannot be read, name what is not there, or meet a conflict (400 to 415). */
export const rejected = {
  'malformed-request': {
    status: 400,
    title: 'The request is not well-formed HTTP',
    when: 'The request line, a header or the percent-encoding of the path cannot be read.',
  },
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    when: 'The JSON body, or a JSON part of a multipart body, does not parse or is empty.',
  },
  'malformed-multipart': {
    status: 400,
    title: 'The body is not multipart/form-data',
    when: 'The boundary is missing, a part is cut off, or there are more parts than any request can use.',
  },
  'malformed-content-encoding': {
    status: 400,
    title: 'The body cannot be decompressed',
    when: 'The body is damaged, cut off, or not in the coding that `content-encoding` names.',
  },
  unauthenticated: {
    status: 401,
    title: 'The request has no valid API key',
    when: 'Keys are asked for, and `authorization` holds none that is known; `WWW-Authenticate` says which kind.',
  },
  forbidden: {
    status: 403,
    title: 'The API key is not good for this',
    when: 'The scope of the key is less than the route asks for; `WWW-Authenticate` names the scope.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing at this address',
    when: 'No route answers to the path.',
  },
  'unknown-model': {
    status: 404,
    title: 'There is no such model',
    when: 'No model is registered under the name; `suggestions` holds the nearest names.',
  },
  'unknown-dataset': {
    status: 404,
    title: 'There is no such data set',
    when: 'No data set is registered under the name; `suggestions` holds the nearest names.',
  },
  'unknown-feature-visualization': {
    status: 404,
    title: 'There is no such feature visualization',
    when: 'No run has the id, or none of the model is finished; `POST /v1/feature-visualizations` starts one.',
  },
  'unknown-job': {
    status: 404,
    title: 'There is no such job',
    when: 'No job has the id; finished jobs are forgotten after a configured time.',
  },
  'unknown-model-version': {
    status: 404,
    title: 'The model has no such version',
    when: 'A path below `/v2/models` names a version other than the SHA-256 of the model, which is its only one.',
  },
  'unknown-dataset-item': {
    status: 404,
    title: 'There is no such sample',
    when: 'An index is at or above the number of samples of the data set.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The method is not allowed here',
    when: 'The path exists, but not with this method; the `Allow` header lists the methods.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    when: 'The headers or the body were not complete in time.',
  },
  'model-name-conflict': {
    status: 409,
    title: 'The model name is taken by another model',
    when: 'A model with other content, or other metadata, is registered under the name.',
  },
  'feature-visualization-unfinished': {
    status: 409,
    title: 'The feature visualization is not finished',
    when: 'The run has no results yet; `details.job` is the job that makes them.',
  },
  'job-not-finished': {
    status: 409,
    title: 'The job has no result yet',
    when: 'The result of a job is asked for before the job has succeeded; `GET /v1/jobs/{id}` says where it stands.',
  },
  'job-cancelled': {
    status: 409,
    title: 'The job was cancelled',
    when: 'The result of a job is asked for that a client has cancelled.',
  },
  'dataset-name-conflict': {
    status: 409,
    title: 'The name is taken by another data set',
    when: 'A data set with other content, or other metadata, is registered under the name.',
  },
  'dataset-changed': {
    status: 409,
    title: 'The data set has changed since it was registered',
    when: 'A file of the data set is gone, or has another size or time than at its registration, or is an object with another ETag; delete the data set and register it anew.',
  },
  'dataset-too-large': {
    status: 413,
    title: 'The data set is too large',
    when: 'An uploaded .zip, or what it holds, is over the configured limit (4 GiB by default), or has too many entries.',
  },
  'feature-visualization-outdated': {
    status: 409,
    title: 'The feature visualization is of another model or data set',
    when: 'The model, its preprocessing or output, or the data set of the run has been replaced since, or the labels of the model make other classes of its folders; collect it again.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    when: 'The body is over the configured limit (64 MiB by default).',
  },
  'image-too-large': {
    status: 413,
    title: 'The image is too large',
    when: 'An image is over the limit of pixels or bytes.',
  },
  'model-too-large': {
    status: 413,
    title: 'The model is too large',
    when: 'An uploaded model is over the configured limit (2 GiB by default).',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The content type is not supported',
    when: 'The body is neither `application/json` nor, where allowed, `multipart/form-data`.',
  },
  'unsupported-content-encoding': {
    status: 415,
    title: 'The content encoding is not supported',
    when: '`content-encoding` names something else than gzip, deflate, br or zstd, or several; `accept-encoding` of the answer lists them.',
  },
} as const satisfies Record<string, ErrorKind>
