import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type Infra, type Missing, startRedis } from '../support/infra.ts'
import { freshBucket, s3Access, storeVariables } from '../support/s3.ts'
import { assembleImages, type ImageName, type Images } from './images.ts'
import type { ServiceProcess } from './service-process.ts'
import { ready } from './stack.ts'

/** One service of the cluster; a new process takes its place after `restart`. */
export interface Member {
  readonly name: ImageName
  readonly origin: string
  readonly process: ServiceProcess
  /** Ends it without warning, as the loss of its machine would. */
  kill(): Promise<void>
  /** Starts it anew, with a disk of its own, and waits until it is ready. */
  restart(): Promise<void>
}

/** The distributed layout: two of each service from their images' files, Redis, and an S3 server. */
export interface Cluster {
  readonly gateways: readonly Member[]
  readonly workers: readonly Member[]
  readonly jobWorkers: readonly Member[]
  stop(): Promise<void>
}

const portOf: Readonly<Record<ImageName, string>> = {
  gateway: 'PORT',
  attribution: 'ATTRIBUTION_PORT',
  'feature-visualization': 'JOB_WORKER_PORT',
}

/** Starts services of one image and knows their folders. */
class Members {
  readonly #images: Images
  readonly #env: Readonly<Record<string, string>>
  readonly #all: Member[] = []
  readonly #folders: string[] = []

  constructor(images: Images, env: Readonly<Record<string, string>>) {
    this.#images = images
    this.#env = env
  }

  async #launch(name: ImageName, port: number): Promise<ServiceProcess> {
    const dataDir = await mkdtemp(join(tmpdir(), `crp-${name}-`))
    this.#folders.push(dataDir)
    return this.#images.start(name, { ...this.#env, DATA_DIR: dataDir, [portOf[name]]: String(port) })
  }

  async add(name: ImageName, port: number): Promise<Member> {
    let process = await this.#launch(name, port)
    const origin = `http://127.0.0.1:${port}`
    const member: Member = {
      name,
      origin,
      get process() {
        return process
      },
      async kill() {
        process.kill('SIGKILL')
        await process.ended
      },
      restart: async () => {
        process = await this.#launch(name, port)
        await ready(origin, [process])
      },
    }
    this.#all.push(member)
    return member
  }

  async stop(): Promise<void> {
    for (const member of this.#all) await member.process.stop()
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true })
  }
}

interface Backing {
  readonly redis: Infra
  readonly env: Readonly<Record<string, string>>
}

/** Redis and a bucket, as services are told of them. */
async function backing(): Promise<Backing | Missing> {
  const access = await s3Access()
  if (access === null) return { missing: 'an S3 server' }
  const redis = await startRedis()
  if ('missing' in redis) return redis
  const env = {
    ...storeVariables(await freshBucket(access)),
    QUEUE_URL: redis.url,
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    ATTRIBUTION_HOST: '127.0.0.1',
    JOB_WORKER_HOST: '127.0.0.1',
    ENGINE_THREADS: '1',
  }
  return { redis, env }
}

const ports = () => Promise.all([freePort(), freePort()])

/** Starts the whole layout, or says what is missing for it. */
export async function startCluster(): Promise<Cluster | Missing> {
  const found = await backing()
  if ('missing' in found) return found
  const { redis, env } = found
  const images = await assembleImages(['gateway', 'attribution', 'feature-visualization'])
  const workerPorts = await ports()
  const members = new Members(images, {
    ...env,
    ATTRIBUTION_URL: workerPorts.map((port) => `http://127.0.0.1:${port}`).join(','),
  })
  const two = async (name: ImageName, both: readonly number[]) =>
    await Promise.all(both.map((port) => members.add(name, port)))
  const workers = await two('attribution', workerPorts)
  const jobWorkers = await two('feature-visualization', await ports())
  const gateways = await two('gateway', await ports())
  const stop = async () => {
    await members.stop()
    await redis.stop()
    await images.remove()
  }
  try {
    const all = [...workers, ...jobWorkers, ...gateways]
    await Promise.all(all.map(({ origin, process }) => ready(origin, [process])))
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
  return { gateways, workers, jobWorkers, stop }
}
