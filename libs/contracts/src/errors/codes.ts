/** One row of the error table. */
export interface ErrorKind {
  /** HTTP status that the code answers with. */
  readonly status: number
  /** Short summary that never changes from one occurrence to the next (RFC 9457, section 3.1.3). */
  readonly title: string
  /** When a client meets it, and what helps. */
  readonly when: string
  /** Seconds for the `Retry-After` header, where trying again can help. */
  readonly retryAfter?: number
}

/**
 * Every error that the service can answer with. Problem documents, `/problems`, `openapi/errors.md` and the
 * responses in `openapi/openapi.json` come from this table; a library's error crosses into HTTP by its `code`.
 *
 * 400 is for bytes that cannot be read as HTTP, JSON or multipart; whatever can be read but means nothing
 * sensible is 422.
 */
export const errorTable = {
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
    when: 'A file of the data set is gone, or has another size or time than at its registration; delete the data set and register it anew.',
  },
  'dataset-too-large': {
    status: 413,
    title: 'The data set is too large',
    when: 'An uploaded .zip, or what it holds, is over the configured limit (4 GiB by default), or has too many entries.',
  },
  'feature-visualization-outdated': {
    status: 409,
    title: 'The feature visualization is of another model or data set',
    when: 'The model or the data set of the run has been replaced since; collect it again.',
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
  'validation-failed': {
    status: 422,
    title: 'The request does not match its schema',
    when: 'A field is missing, unknown, of the wrong type or out of range; `errors` points to each.',
  },
  'part-missing': {
    status: 422,
    title: 'A multipart part is missing or left over',
    when: 'There is no `request` part, an input names a part that was not sent, or a part is named by no input.',
  },
  'pairing-mismatch': {
    status: 422,
    title: 'Samples and conditions cannot be paired',
    when: '`pairing` is `zip` and the numbers of samples and conditions differ.',
  },
  'target-missing': {
    status: 422,
    title: 'The start of the relevance is not given',
    when: 'A condition has no `y`, and neither `start_layer` nor `init_relevance` says where relevance starts; or only some conditions have `y`.',
  },
  'target-not-allowed': {
    status: 422,
    title: 'A target does not go with a start layer',
    when: 'A condition has `y` although `start_layer` is given.',
  },
  'too-many-rows': {
    status: 422,
    title: 'The request has too many rows',
    when: 'Samples times conditions is over the synchronous limit (256 by default).',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key belongs to another request',
    when: 'A request with the same `Idempotency-Key` but other content was sent before; a new request takes a new key.',
  },
  'unknown-layer': {
    status: 422,
    title: 'There is no such layer',
    when: 'No layer of the model answers to the name, or several do; `suggestions` holds the nearest names.',
  },
  'duplicate-layer': {
    status: 422,
    title: 'A layer is named twice',
    when: 'Two names of one condition stand for the same layer.',
  },
  'channel-out-of-range': {
    status: 422,
    title: 'A channel does not exist in its layer',
    when: 'A condition names a channel at or above the number of channels of the layer.',
  },
  'position-out-of-range': {
    status: 422,
    title: 'A position does not exist in its layer',
    when: 'A condition names a flat position at or above the number of positions of the layer.',
  },
  'direction-invalid': {
    status: 422,
    title: 'A direction says nothing of its layer',
    when: 'A vector of `directions` is zero or has another number of weights than the layer has channels, or there are more vectors than channels.',
  },
  'region-invalid': {
    status: 422,
    title: 'A region does not lie in the input',
    when: 'A box of `output.regions` is empty or reaches out of the input, a mask has another shape, or the input has no height and width.',
  },
  'mode-not-collected': {
    status: 422,
    title: 'The run has not collected this',
    when: 'The run was made without the mode, or without statistics of it; `suggestions` holds those it has.',
  },
  'target-not-collected': {
    status: 422,
    title: 'The run has no samples of the class',
    when: '`target` names a class without statistics of its own; `details.targets` lists those that have them.',
  },
  'rank-out-of-range': {
    status: 422,
    title: 'There are fewer samples than that',
    when: '`rank` is at or above the number of samples that the run has kept of the concept.',
  },
  'links-unavailable': {
    status: 422,
    title: 'The object store hands out no links',
    when: '`links=presigned` is asked of a service whose object store is not S3.',
  },
  'feature-visualization-invalid': {
    status: 422,
    title: 'The folder is not a feature visualization',
    when: 'A file of the folder is missing or not what zennit-crp writes, or it does not fit the model or the data set.',
  },
  'range-invalid': {
    status: 422,
    title: 'The range holds no samples',
    when: '`range` is empty or begins behind the last sample of the data set.',
  },
  'labels-missing': {
    status: 422,
    title: 'The samples have no labels',
    when: '`targets` is `label` and no sample of the range has one; name classes, or use `predicted`.',
  },
  'too-many-unreadable': {
    status: 422,
    title: 'Too many samples could not be read',
    when: 'More samples than the share `max_skipped` allows could not be decoded; `details.skipped` lists them.',
  },
  'class-out-of-range': {
    status: 422,
    title: 'A class does not exist in the model',
    when: '`y` names an index at or above the number of outputs of the model.',
  },
  'layer-not-reachable': {
    status: 422,
    title: 'A conditioned layer cannot be reached',
    when: 'With `exclude_parallel`, two conditioned layers do not lie on one path from the output to the input.',
  },
  'dataset-unreadable': {
    status: 422,
    title: 'The archive of the data set cannot be read',
    when: 'The `data` part is no .zip file, is damaged, encrypted, or compressed in a way other than deflate.',
  },
  'dataset-invalid': {
    status: 422,
    title: 'The data set is not valid',
    when: 'An entry leads outside the archive or is a link, an image lies in no class folder, a line of `manifest.jsonl` is wrong, or `data.npy` and `labels.npy` do not fit together; `details` says where.',
  },
  'dataset-empty': {
    status: 422,
    title: 'The data set is empty',
    when: 'There is no image in a class folder, no line in `manifest.jsonl`, or no row in `data.npy`.',
  },
  'dataset-place-not-allowed': {
    status: 422,
    title: 'The data set lies outside the configured roots',
    when: 'The directory or the S3 prefix lies below none of the places in `DATASET_ROOTS`.',
  },
  'dataset-place-missing': {
    status: 422,
    title: 'There is nothing where the data set should lie',
    when: 'The directory does not exist or cannot be read, or no object starts with the S3 prefix.',
  },
  'dataset-classes-mismatch': {
    status: 422,
    title: 'The classes of the data set do not fit the model',
    when: 'A class stands for an output that the model does not have, or two classes stand for one output; register the data set with `classes`.',
  },
  'image-not-supported': {
    status: 422,
    title: 'The image cannot be decoded',
    when: 'The bytes are not a JPEG, PNG or WebP image, or the base64 is not valid.',
  },
  'image-url-refused': {
    status: 422,
    title: 'The image is not fetched',
    when: 'The host of an image URL is not configured, it leads to an address that is not public, or there is no image to be had.',
  },
  'image-truncated': {
    status: 422,
    title: 'The image is truncated',
    when: 'The image starts as a supported format but ends early or is damaged inside.',
  },
  'preprocessing-missing': {
    status: 422,
    title: 'The model takes no images',
    when: 'The model was registered without `preprocessing`; send tensors or register it with one.',
  },
  'preprocessing-invalid': {
    status: 422,
    title: 'The preprocessing does not fit',
    when: 'The preprocessing of the metadata contradicts itself or the input of the model.',
  },
  'tensor-malformed': {
    status: 422,
    title: 'The tensor cannot be read',
    when: 'Base64 is invalid, or the values or bytes are not as many as shape and datatype say.',
  },
  'tensor-not-finite': {
    status: 422,
    title: 'The tensor holds a value that is not finite',
    when: 'A value is NaN or infinite, or overflows in the datatype.',
  },
  'tensor-shape-mismatch': {
    status: 422,
    title: 'The tensor has the wrong shape',
    when: 'The shape does not fit the input, layer or output that the tensor is for.',
  },
  'tensor-type-mismatch': {
    status: 422,
    title: 'The tensor has the wrong datatype',
    when: 'The datatype is not the one that the model takes.',
  },
  'rule-not-applicable': {
    status: 422,
    title: 'A rule cannot be applied to its layer',
    when: 'The composite gives a layer a rule that its operator does not have, or parameters that do not fit it.',
  },
  'rule-parameter-invalid': {
    status: 422,
    title: 'A parameter of a rule is out of range',
    when: 'Parameters of a rule contradict each other or cannot be honoured, such as alpha - beta other than 1.',
  },
  'attributor-invalid': {
    status: 422,
    title: 'The attributor does not fit the request',
    when: 'Parameters of `attributor` contradict each other or the input, or a condition asks for what the attributor cannot compute.',
  },
  'colormap-invalid': {
    status: 422,
    title: 'There is no such colour map',
    when: '`output.render.colormap` names no colour map.',
  },
  'render-invalid': {
    status: 422,
    title: 'The heatmap cannot be rendered',
    when: 'Rendering options are out of range, or the input of the model has no height and width.',
  },
  'heatmap-not-finite': {
    status: 422,
    title: 'The heatmap is not finite',
    when: 'Relevance came out NaN or infinite, so that there is no picture of it; ask for the tensor instead.',
  },
  'model-not-onnx': {
    status: 422,
    title: 'The file is not an ONNX model',
    when: 'The `model` part cannot be read as an ONNX protobuf with a graph.',
  },
  'model-truncated': {
    status: 422,
    title: 'The model is truncated',
    when: 'The file ends inside a field, or a weight has fewer bytes than its shape and type need.',
  },
  'model-invalid': {
    status: 422,
    title: 'The model is not valid',
    when: 'The graph breaks a rule of ONNX, or asks for something the service refuses (paths outside the upload, oversized tensors).',
  },
  'model-load-failed': {
    status: 422,
    title: 'ONNX Runtime refuses the model',
    when: 'The model passed inspection, but ONNX Runtime cannot load it.',
  },
  'model-not-supported': {
    status: 422,
    title: 'The model has operators that cannot be explained',
    when: 'At least one node has no explanation; `details.nodes` lists all of them. `allow_unsupported: true` registers it all the same.',
  },
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

/** A code of the error table. */
export type ErrorCode = keyof typeof errorTable

/** All codes, in the order of the table. */
export const errorCodes = Object.keys(errorTable) as ErrorCode[]

/** The table's row of a code. */
export const errorKind = (code: ErrorCode): ErrorKind => errorTable[code]

/** Whether a string is a code of the error table. */
export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorTable, code)
