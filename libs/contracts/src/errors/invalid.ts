import type { ErrorKind } from './kind.ts'

/** Requests that can be read but mean nothing sensible (422). */
export const invalid = {
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
    when: 'Samples times conditions is over the synchronous limit (256 by default); a condition that ranks k channels counts k times.',
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
  'ranking-invalid': {
    status: 422,
    title: 'Channels cannot be ranked this way',
    when: 'A condition ranks the channels of two layers, or `init_relevance` is a tensor of several rows although a condition ranks.',
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
} as const satisfies Record<string, ErrorKind>
