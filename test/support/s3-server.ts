import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './infra.ts'

/** What a client of an S3 server needs. */
export interface S3Access {
  readonly endpoint: string
  readonly region: string
  readonly credentials: Credentials
  /** Those of a user who may keep one mebibyte, where the server has one. */
  readonly smallUser?: Credentials
}

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface S3Server extends S3Access {
  stop(): Promise<void>
}

const region = 'us-east-1'
const minioImage = 'minio/minio:RELEASE.2025-04-22T22-12-26Z'
const gatewayScript = fileURLToPath(new URL('radosgw.sh', import.meta.url))
const gatewayPrograms = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool']

/** The server at `http://accessKey:secret@host:port`. Its buckets are named `crp-serve-test-…` and stay. */
function serverAt(text: string): S3Server {
  const { origin, username, password } = new URL(text)
  const credentials = {
    accessKeyId: decodeURIComponent(username),
    secretAccessKey: decodeURIComponent(password),
  }
  return { endpoint: origin, region, credentials, stop: async () => undefined }
}

/** MinIO in a container; undefined where there is no container runtime. */
async function startContainer(): Promise<S3Server | undefined> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers')
  const isThere = await getContainerRuntimeClient().then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  const credentials = { accessKeyId: 'testkey', secretAccessKey: 'testsecret' }
  const container = await new GenericContainer(minioImage)
    .withCommand(['server', '/data'])
    .withEnvironment({
      MINIO_ROOT_USER: credentials.accessKeyId,
      MINIO_ROOT_PASSWORD: credentials.secretAccessKey,
    })
    .withExposedPorts(9000)
    .withWaitStrategy(Wait.forHttp('/minio/health/ready', 9000))
    .start()
  const endpoint = `http://${container.getHost()}:${container.getMappedPort(9000)}`
  return { endpoint, region, credentials, stop: async () => void (await container.stop()) }
}

const isInstalled = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0

/** Resolves when the script says that the server answers; rejects with what it wrote where it ends before. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let written = ''
    child.stdout!.on('data', (data) => String(data).includes('ready') && resolve())
    child.stderr!.on('data', (data) => {
      written += String(data)
    })
    child.once('exit', (code) => reject(new Error(`radosgw.sh ended with code ${code}:\n${written}`)))
  })
}

/** Ceph's gateway from its Debian packages; undefined where they are not installed. */
async function startGateway(): Promise<S3Server | undefined> {
  if (!gatewayPrograms.every(isInstalled)) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'radosgw-'))
  const port = await freePort()
  const child = spawn(gatewayScript, [folder, String(port), String(await freePort())])
  await ready(child)
  const stop = async () => {
    const ended = once(child, 'exit')
    child.stdin.end()
    await ended
  }
  const credentials = { accessKeyId: 'testkey', secretAccessKey: 'testsecret' }
  const smallUser = { accessKeyId: 'smallkey', secretAccessKey: 'smallsecret' }
  return { endpoint: `http://127.0.0.1:${port}`, region, credentials, smallUser, stop }
}

/**
 * A real S3 server: the one that TEST_S3_URL names, else one in a container, else Ceph's gateway.
 * @returns undefined where none can be had
 */
export async function startS3Server(): Promise<S3Server | undefined> {
  const given = process.env['TEST_S3_URL']
  if (given) return serverAt(given)
  return (await startContainer()) ?? (await startGateway())
}
