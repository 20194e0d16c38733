import { type Static, Type } from 'typebox'
import { Name } from '../names.ts'
import { Index, strict } from '../schema/fields.ts'
import { Tensor } from '../wire/tensor.ts'

/** An encoded image (JPEG, PNG, WebP) inside the JSON. */
const Base64Image = strict(
  { base64: Type.String({ minLength: 1, description: 'The file, base64.' }) },
  { title: 'ImageBase64' },
)

/** An encoded image in a part of a multipart body. */
const PartImage = strict(
  { part: Type.String({ minLength: 1, description: 'Name of the part.' }) },
  { title: 'ImagePart' },
)

/** An image at an address that the service may fetch from. */
const UrlImage = strict(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'An https URL on a host that is configured; otherwise 422 `image-url-refused`.',
    }),
  },
  { title: 'ImageUrl' },
)

/** What is explained: an image, a ready tensor of one sample or several, or a sample of a data set. */
export const Input = Type.Union(
  [
    strict({ image: Type.Union([Base64Image, PartImage, UrlImage]) }, { title: 'ImageInput' }),
    strict({ tensor: Tensor }, { title: 'TensorInput' }),
    strict({ dataset: Name, index: Index }, { title: 'DatasetInput' }),
  ],
  { title: 'Input' },
)
export type Input = Static<typeof Input>
