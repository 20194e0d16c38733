import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { Source } from '../body.ts'
import { forEachOf } from '../concurrently.ts'
import { hasCode, notFound, objectChanged, rangeInvalid, StorageError } from '../errors.ts'
import { checkFolder, checkKey, maxKeyBytes } from '../keys.ts'
import type {
  ListOptions,
  ObjectBody,
  ObjectInfo,
  ObjectPage,
  PresigningObjectStore,
  PresignOptions,
} from '../object-store.ts'
import { pageLimit } from '../paging.ts'
import { maxAttempts, type S3Options, s3Client } from './client.ts'
import { attemptsOf, bucketMissing, statusOf, storeError } from './errors.ts'
import { type Spooled, spool } from './spool.ts'
import { removeUnfinished } from './unfinished.ts'

/** S3's own limit of a presigned link: a week. */
const longestLinkSeconds = 7 * 24 * 3600

/** Objects that `deleteBelow` removes at the same time. */
const deletedTogether = 32

/** Tries of `putIfAbsent` while the server says that another writer is at work on the key. */
const conflictAttempts = 8

/**
 * Objects in a bucket of an S3 server. Bodies of unknown length are sent in parts, of which nothing shows before the
 * last one is there. `putIfAbsent` sends `If-None-Match: *`; AWS, MinIO and Ceph decide races by it. Requests are tried
 * again where that changes nothing: a lost answer to a creation is told from a lost race by a mark on the object.
 */
export class S3ObjectStore implements PresigningObjectStore {
  readonly #client: S3Client
  readonly #publicClient: S3Client
  readonly #bucket: string
  readonly #prefix: string
  /** A bucket that was there once: HEAD cannot say whether the object or the bucket is missing. */
  #bucketSeen = false

  constructor(options: S3Options) {
    this.#client = s3Client(options, options.endpoint)
    this.#publicClient =
      options.publicEndpoint === undefined ? this.#client : s3Client(options, options.publicEndpoint)
    this.#bucket = options.bucket
    this.#prefix = options.prefix ? `${options.prefix}/` : ''
  }

  async put(key: string, body: ObjectBody): Promise<void> {
    const at = this.#at(key)
    if (body instanceof Uint8Array) {
      await this.#asking(key, () => this.#client.send(new PutObjectCommand({ ...at, Body: body })))
      return
    }
    const source = new Source(body)
    const params = { ...at, Body: Readable.from(source.body as AsyncIterable<Uint8Array>) }
    const upload = new Upload({ client: this.#client, params })
    await this.#asking(key, () => upload.done(), source)
  }

  async putAll(objects: readonly (readonly [key: string, bytes: Uint8Array])[]): Promise<void> {
    for (const [key] of objects) this.#at(key)
    await forEachOf(objects, ([key, bytes]) => this.put(key, bytes))
  }

  async putIfAbsent(key: string, body: ObjectBody): Promise<boolean> {
    this.#at(key)
    const spooled = await spool(body)
    try {
      return await this.#asking(key, () => this.#create(key, spooled))
    } finally {
      await spooled.discard()
    }
  }

  get(key: string, version?: string): Promise<Uint8Array> {
    return this.#read(key, version)
  }

  async range(key: string, start: number, length: number, version?: string): Promise<Uint8Array> {
    // A range of no bytes cannot be asked for.
    if (length === 0) return new Uint8Array()
    try {
      const bytes = await this.#read(key, version, `bytes=${start}-${start + length - 1}`)
      if (bytes.length === length) return bytes
    } catch (error) {
      if (statusOf(error) !== 416) throw error
    }
    throw rangeInvalid(key, start, length)
  }

  async stream(key: string): Promise<Readable> {
    const answer = await this.#asking(key, () => this.#client.send(new GetObjectCommand(this.#at(key))))
    return Readable.from(readable(answer.Body as Readable), { objectMode: false })
  }

  async head(key: string): Promise<ObjectInfo> {
    const at = this.#at(key)
    const answer = await this.#asking(key, () => this.#client.send(new HeadObjectCommand(at)))
    return {
      key,
      size: answer.ContentLength ?? 0,
      modified: answer.LastModified ?? new Date(0),
      version: answer.ETag ?? '',
    }
  }

  async exists(key: string): Promise<boolean> {
    try {
      await this.head(key)
      return true
    } catch (error) {
      if (hasCode(error, 'object-not-found')) return false
      throw error
    }
  }

  async list(prefix: string, { cursor, limit }: ListOptions = {}): Promise<ObjectPage> {
    const command = new ListObjectsV2Command({
      Bucket: this.#bucket,
      Prefix: this.#prefix + prefix,
      MaxKeys: pageLimit(limit),
      EncodingType: 'url',
      ...(cursor === undefined ? {} : { StartAfter: this.#prefix + cursor }),
    })
    const { Contents = [], IsTruncated } = await this.#asking(prefix, () => this.#client.send(command))
    const objects = Contents.map(({ Key, Size, LastModified, ETag }) => ({
      key: decoded(Key!).slice(this.#prefix.length),
      size: Size ?? 0,
      modified: LastModified ?? new Date(0),
      version: ETag ?? '',
    }))
    const last = objects.at(-1)
    return IsTruncated && last !== undefined ? { objects, cursor: last.key } : { objects }
  }

  async delete(key: string): Promise<void> {
    const at = this.#at(key)
    await this.#asking(key, () => this.#client.send(new DeleteObjectCommand(at)))
  }

  async deleteBelow(folder: string): Promise<void> {
    checkFolder(folder)
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await this.list(folder, {
        limit: deletedTogether,
        ...(cursor === undefined ? {} : { cursor }),
      })
      await Promise.all(page.objects.map(({ key }) => this.delete(key)))
      cursor = page.cursor
      more = cursor !== undefined
    }
  }

  async check(): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }))
    } catch (error) {
      if (statusOf(error) !== 404) throw storeError(error)
      throw new StorageError('store-bucket-missing', bucketMissing, {}, { cause: error })
    }
    this.#bucketSeen = true
  }

  /** Makes the bucket; one that this account has already is fine. */
  async createBucket(): Promise<void> {
    try {
      await this.#client.send(new CreateBucketCommand({ Bucket: this.#bucket }))
    } catch (error) {
      if ((error as Error).name !== 'BucketAlreadyOwnedByYou') throw storeError(error)
    }
  }

  async presign(key: string, { expiresSeconds, contentType }: PresignOptions): Promise<string> {
    const at = this.#at(key)
    if (!(Number.isInteger(expiresSeconds) && expiresSeconds >= 1 && expiresSeconds <= longestLinkSeconds)) {
      const message = `A link can be valid for 1 to ${longestLinkSeconds} seconds, not ${expiresSeconds}.`
      throw new StorageError('link-invalid', message, { expiresSeconds })
    }
    const type = contentType === undefined ? {} : { ResponseContentType: contentType }
    const command = new GetObjectCommand({ ...at, ...type })
    return await this.#asking(key, () =>
      getSignedUrl(this.#publicClient, command, { expiresIn: expiresSeconds }),
    )
  }

  removeStaleTemporaries(olderThanMs: number): Promise<number> {
    const at = { Bucket: this.#bucket, Prefix: this.#prefix }
    return removeUnfinished(this.#client, at, new Date(Date.now() - olderThanMs))
  }

  /** Reads an object or a range of it, of one version where one is named; again where the connection breaks on the way. */
  async #read(key: string, version?: string, Range?: string): Promise<Uint8Array> {
    const command = new GetObjectCommand({
      ...this.#at(key),
      ...(version ? { IfMatch: version } : {}),
      ...(Range === undefined ? {} : { Range }),
    })
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.#asking(key, () => this.#client.send(command))
        return await this.#asking(key, () => answer.Body!.transformToByteArray())
      } catch (error) {
        if (statusOf(error) === 412) throw objectChanged(key)
        if (attempt === maxAttempts || !hasCode(error, 'store-unavailable')) throw error
      }
    }
  }

  /** Writes an object that must be new; tries again where it cannot be known whether the answer was lost. */
  async #create(key: string, spooled: Spooled): Promise<boolean> {
    const writer = randomUUID()
    for (let attempt = 1; ; attempt++) {
      const Body = spooled.open()
      const command = new PutObjectCommand({
        ...this.#at(key),
        Body,
        ContentLength: spooled.size,
        IfNoneMatch: '*',
        Metadata: { writer },
      })
      try {
        await this.#client.send(command)
        return true
      } catch (error) {
        if (Body instanceof Readable) Body.destroy()
        if (statusOf(error) === 412) {
          return attempt + attemptsOf(error) > 2 && (await this.#writerOf(key)) === writer
        }
        if (!isRepeatable(error, attempt)) throw error
        await sleep(50 * attempt * Math.random())
      }
    }
  }

  async #writerOf(key: string): Promise<string | undefined> {
    const { Metadata } = await this.#client.send(new HeadObjectCommand(this.#at(key)))
    return Metadata?.['writer']
  }

  /** Bucket and key of an object. Throws `object-key-invalid`. */
  #at(key: string): { Bucket: string; Key: string } {
    checkKey(key)
    const Key = this.#prefix + key
    if (Buffer.byteLength(Key) > maxKeyBytes) {
      const message = `The key ${JSON.stringify(Key)} is longer than ${maxKeyBytes} bytes.`
      throw new StorageError('object-key-invalid', message, { key })
    }
    return { Bucket: this.#bucket, Key }
  }

  /** Runs a request; its error becomes one of this library, or stays that of the caller's body. */
  async #asking<T>(key: string, request: () => Promise<T>, source?: Source): Promise<T> {
    try {
      const answer = await request()
      this.#bucketSeen = true
      return answer
    } catch (error) {
      source?.rethrow()
      const known = storeError(error)
      if (statusOf(error) !== 404 || hasCode(known, 'store-bucket-missing')) throw known
      if (!this.#bucketSeen) await this.check()
      throw notFound(key)
    }
  }
}

/** 409 says that another write to the key is under way. */
function isRepeatable(error: unknown, attempt: number): boolean {
  if (statusOf(error) === 409) return attempt < conflictAttempts
  return attempt < maxAttempts && hasCode(storeError(error), 'store-unavailable')
}

/** Keys come percent-encoded, a space as a plus on some servers. */
const decoded = (key: string): string => decodeURIComponent(key.replaceAll('+', '%20'))

async function* readable(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw storeError(error)
  }
}
