import { type Model, type ModelMetadata, ProblemError } from '@crp-serve/contracts'
import { type ModelRecord, modelInfo } from './record.ts'
import type { Upload } from './upload.ts'

/** The result of a registration: whether the name is new. */
export interface Registration {
  readonly created: boolean
  readonly model: Model
}

/** JSON with sorted keys: equal values give equal texts. */
const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )

/**
 * The answer for a name that exists: the same model again is fine, another one is not.
 * @throws ProblemError `model-name-conflict`
 */
export function settled(
  known: ModelRecord,
  upload: Pick<Upload, 'sha256'>,
  metadata: ModelMetadata,
): Registration {
  const sameContent = known.sha256 === upload.sha256
  if (sameContent && canonicalJson(known.metadata) === canonicalJson(metadata)) {
    return { created: false, model: modelInfo(known) }
  }
  const difference = sameContent ? 'other metadata' : 'another content'
  throw new ProblemError(
    'model-name-conflict',
    `The name ${known.name} belongs to a model with ${difference}; delete it or choose another name.`,
    { details: { name: known.name, sha256: known.sha256 } },
  )
}
