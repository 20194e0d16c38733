import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3'
import { statusOf, storeError } from './errors.ts'

/** The uploads in parts that nobody has finished, for keys that start with `Prefix`. */
async function* unfinishedUploads(
  client: S3Client,
  at: { Bucket: string; Prefix: string },
): AsyncGenerator<MultipartUpload> {
  let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {}
  while (marker !== undefined) {
    const page: ListMultipartUploadsCommandOutput = await client.send(
      new ListMultipartUploadsCommand({ ...at, ...marker }),
    )
    yield* page.Uploads ?? []
    marker = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      : undefined
  }
}

/** Ends an upload; false where another process was faster. */
async function abandon(
  client: S3Client,
  Bucket: string,
  { Key, UploadId }: MultipartUpload,
): Promise<boolean> {
  try {
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
    return true
  } catch (error) {
    if (statusOf(error) === 404) return false
    throw error
  }
}

/**
 * Removes the parts of uploads that began before a moment.
 * @returns how many uploads were removed
 */
export async function removeUnfinished(
  client: S3Client,
  at: { Bucket: string; Prefix: string },
  before: Date,
): Promise<number> {
  let removed = 0
  try {
    for await (const upload of unfinishedUploads(client, at)) {
      if (upload.Initiated === undefined || upload.Initiated > before) continue
      if (await abandon(client, at.Bucket, upload)) removed++
    }
  } catch (error) {
    throw storeError(error)
  }
  return removed
}
