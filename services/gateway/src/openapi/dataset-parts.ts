import { DatasetMetadata, DatasetRequest } from '@crp-serve/contracts'
import { Type } from 'typebox'

const Archive = Type.Unsafe<Uint8Array>({ type: 'string', contentMediaType: 'application/zip' })

const examples = {
  directory: {
    summary: 'Class folders below one of the configured roots',
    value: { name: 'imagenet-val', source: { directory: 'imagenet/val' } },
  },
  s3: {
    summary: 'Objects of a bucket, with the names of the model’s outputs',
    value: { name: 'pets', source: { s3: 'pictures/pets' }, classes: ['cat', 'dog'] },
  },
}

/** The body of `POST /v1/datasets`: a place, or an archive. */
export const datasetBody = {
  content: {
    'application/json': { schema: { ...DatasetRequest, 'x-examples': examples } },
    'multipart/form-data': { schema: Type.Object({ metadata: DatasetMetadata, data: Archive }) },
  },
}
