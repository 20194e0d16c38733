import { randomUUID } from 'node:crypto'
import { openS3, type S3Config, type S3Options } from '@crp-serve/storage'
import { inject } from 'vitest'
import type { S3Access } from './s3-server.ts'
import './s3-setup.ts'

const missing =
  'no S3 server: TEST_S3_URL (http://key:secret@host:port) is not set, there is no container runtime, and the packages ' +
  'radosgw, ceph-mon and ceph-osd are not installed (apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd)'

/**
 * Access to the S3 server of this test run. Where there is none, says so loudly; in CI that is an error.
 * Use it at the top of a test file: `const s3 = await s3Access()`, then `describe.runIf(s3)`.
 */
export async function s3Access(): Promise<S3Access | null> {
  const answer = await fetch(inject('s3Launcher'))
  if (!answer.ok) throw new Error(await answer.text())
  const access = (await answer.json()) as S3Access | null
  if (access === null && process.env['CI']) throw new Error(missing)
  if (access === null) process.stderr.write(`\n*** SKIPPED: ${missing} ***\n`)
  return access
}

/** Makes a bucket of its own for a test. */
export async function freshBucket(access: S3Access): Promise<S3Options> {
  const bucket = `crp-serve-test-${randomUUID()}`
  await (await openS3(s3Config(access), { bucket, prefix: '' })).createBucket()
  return { ...access, bucket }
}

/** Variables that make a bucket the store of a service. */
export const storeVariables = ({ bucket, endpoint, region, credentials }: S3Options) => ({
  STORE_URL: `s3://${bucket}`,
  S3_ENDPOINT: endpoint!,
  S3_REGION: region,
  AWS_ACCESS_KEY_ID: credentials!.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials!.secretAccessKey,
})

/** The server as the libraries are told of it. */
export const s3Config = ({ endpoint, region, credentials }: S3Access): S3Config => ({
  s3Endpoint: endpoint,
  s3PublicEndpoint: null,
  s3Region: region,
  s3Credentials: credentials,
})
