import { createHash } from 'node:crypto'
import type { Model, ModelMetadata } from '@crp-serve/contracts'
import { isFixed } from '../tools/input-size.ts'
import type { Inspection } from '../tools/inspect.ts'
import type { Preparation } from '../tools/prepared.ts'
import { doubts } from './doubts.ts'
import type { UploadedFile } from './upload.ts'

/** What is kept under a model's name. */
export interface ModelRecord {
  readonly name: string
  /** Names the objects of this registration in a store that other machines share. */
  readonly id?: string
  readonly sha256: string
  /** Bytes, external data included. */
  readonly size: number
  /** The files of the content. */
  readonly files?: readonly UploadedFile[]
  /** RFC 3339. */
  readonly created_at: string
  /** As it was given, without its nulls. */
  readonly metadata: ModelMetadata
  readonly inspection: Inspection
}

/** Where relevance starts for the model. */
export const startOf = ({ metadata }: ModelRecord): 'logits' | 'output' => metadata.output?.start ?? 'logits'

/**
 * SHA-256 over what a registration decides about results beside the model's content: what samples become, which output is
 * explained, and where relevance starts.
 */
export const registrationHash = (record: ModelRecord): string => {
  const { preprocessing, output } = record.inspection
  return createHash('sha256')
    .update(JSON.stringify([preprocessing, output, startOf(record)]))
    .digest('hex')
}

/** What a feature visualization says of its model. */
interface ModelOfRun {
  readonly model_sha256: string
  readonly model_registration?: string
}

/** Whether a feature visualization is of the model as it is registered now; what an earlier version has not kept is not asked. */
export const isOfModel = (record: ModelRecord, { model_sha256, model_registration }: ModelOfRun): boolean =>
  model_sha256 === record.sha256 &&
  (model_registration ?? registrationHash(record)) === registrationHash(record)

/** Whether the model leaves sizes of its input open. */
export const hasOpenSize = ({ inspection }: ModelRecord): boolean => !isFixed(inspection.inputShape)

/** The prepared form that a request needs; `sizes` are those of its samples, behind the batch axis. */
export const preparationOf = (
  record: ModelRecord,
  content: string,
  mergeBatchNorm: boolean,
  sizes: readonly number[] | null,
): Preparation => ({
  content,
  mergeBatchNorm,
  output: record.inspection.output,
  inputSize: hasOpenSize(record) ? sizes : null,
})

/** A model as the API shows it. */
export function modelInfo(record: ModelRecord): Model {
  const { name, sha256, size, created_at, metadata, inspection } = record
  const { opset, inputs, outputs, output, unsupported } = inspection
  const { labels, preprocessing } = metadata
  const warnings = doubts(record)
  return {
    name,
    sha256,
    size,
    created_at,
    ready: true,
    opset,
    inputs,
    outputs,
    ...(labels ? { labels } : {}),
    ...(preprocessing ? { preprocessing: { ...preprocessing } } : {}),
    output: { tensor: output, start: startOf(record) },
    unsupported: unsupported.map((node) => ({ ...node })),
    ...(warnings.length > 0 ? { warnings } : {}),
  }
}
