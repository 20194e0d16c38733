import { availableParallelism } from 'node:os'
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  type AttributionConfig,
  ConfigError,
  describeConfig,
  type GatewayConfig,
  readConfig,
} from '../src/index.ts'

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      dataDir: './data',
      storeUrl: null,
      s3Endpoint: null,
      s3PublicEndpoint: null,
      presignedLinkSeconds: 3600,
      referencePictureBytes: 2 ** 30,
      s3Region: 'us-east-1',
      datasetRoots: [],
      maxDatasetBytes: 2 ** 32,
      logLevel: 'info',
      attributionHost: '127.0.0.1',
      attributionPort: 8081,
      attributionUrls: ['http://127.0.0.1:8081'],
      engineProcesses: 1,
      engineThreads: availableParallelism(),
      engineMemoryBytes: 2 ** 31,
      engineRssLimit: 2 ** 32,
      batchMaxRows: 16,
      batchDelayMs: 0,
      queueLimit: 256,
      queueBytes: 2 ** 30,
      executionProvider: 'cpu',
      maxModelBytes: 2 ** 31,
      maxImageBytes: 2 ** 25,
      maxImagePixels: 2 ** 26,
      maxBodyBytes: 2 ** 26,
      maxRows: 256,
      requestTimeoutMs: 120_000,
      bodyTimeoutMs: 60_000,
      queueUrl: null,
      maxJobRows: 4096,
      jobWorkerHost: '127.0.0.1',
      jobWorkerPort: 8082,
      jobConcurrency: 1,
      jobNice: 10,
      jobMaxWaitMs: 10_000,
      jobLockMs: 30_000,
      jobRetentionMs: 604_800_000,
      jobRetentionCount: 1000,
      demo: true,
      apiKeysFile: null,
      rateLimitPerMinute: 0,
      rateLimitRedisUrl: null,
      corsOrigins: [],
      imageHosts: [],
      otlpEndpoint: null,
      traceSampleRatio: 1,
      drainDelayMs: 0,
      shutdownGraceMs: 30_000,
    })
    expect(readConfig({ PORT: '', DEMO: ' ' })).toEqual(readConfig({}))
  })

  it('reads what is set', () => {
    const env = { HOST: '0.0.0.0', PORT: '0', DEMO: 'off', EXECUTION_PROVIDER: 'cuda', LOG_LEVEL: ' debug ' }
    expect(readConfig(env)).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      demo: false,
      executionProvider: 'cuda',
      logLevel: 'debug',
    })
  })

  it('reads places of data sets and of the store', () => {
    const env = { DATASET_ROOTS: '/data/a, s3://pictures/public', STORE_URL: 's3://models/prod' }
    expect(readConfig(env)).toMatchObject({
      datasetRoots: ['/data/a', 's3://pictures/public'],
      storeUrl: 's3://models/prod',
    })
    for (const wrong of [
      { DATASET_ROOTS: 'data' },
      { STORE_URL: '/data' },
      { STORE_URL: 's3://B' },
      { QUEUE_URL: 'http://queue' },
      { QUEUE_URL: 'redis://' },
    ]) {
      expect(() => readConfig(wrong)).toThrow(ConfigError)
    }
  })

  it.each([
    ['1', 1],
    ['64MiB', 2 ** 26],
    ['2GiB', 2 ** 31],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['10kB', 10_000],
    ['3GB', 3e9],
    ['512B', 512],
  ])('understands %s bytes', (given, value) => {
    expect(readConfig({ MAX_MODEL_BYTES: given }).maxModelBytes).toBe(value)
  })

  it.each([
    [{ ATTRIBUTION_PORT: '9001' }, 'http://127.0.0.1:9001'],
    [{ ATTRIBUTION_HOST: 'worker' }, 'http://worker:8081'],
    [{ ATTRIBUTION_HOST: '0.0.0.0' }, 'http://127.0.0.1:8081'],
    [{ ATTRIBUTION_HOST: '::' }, 'http://[::1]:8081'],
    [{ ATTRIBUTION_PORT: '9001', ATTRIBUTION_URL: 'https://lrp.example:443/' }, 'https://lrp.example'],
  ])('finds the worker of %o at %s', (env, url) => {
    expect(readConfig(env).attributionUrls).toEqual([url])
  })

  it('names every wrong variable, what was given and what is allowed, all at once', () => {
    const env = {
      PORT: '65536',
      LOG_LEVEL: 'loud',
      ATTRIBUTION_URL: 'http://worker:8081/path',
      ENGINE_THREADS: '0',
      ENGINE_PROCESSES: '1.5',
      EXECUTION_PROVIDER: 'gpu',
      MAX_BODY_BYTES: '64mib',
      MAX_ROWS: '-1',
      REQUEST_TIMEOUT_MS: '1e3',
      DEMO: 'yes',
    }
    const caught = (() => {
      try {
        return readConfig(env)
      } catch (error) {
        return error
      }
    })()
    expect(caught).toBeInstanceOf(ConfigError)
    const { code, message, details } = caught as ConfigError
    expect(code).toBe('config-invalid')
    expect(details.problems.map(({ variable, given }) => [variable, given]).toSorted()).toEqual(
      Object.entries(env).toSorted(),
    )
    expect(message).toContain('PORT=65536: allowed is a whole number from 0 to 65535')
    expect(message).toContain('DEMO=yes: allowed is on, off')
    expect(message).toContain(
      'MAX_BODY_BYTES=64mib: allowed is a number of bytes such as 1048576, 64MiB or 2GiB',
    )
  })
})

describe('the services', () => {
  it('see only their own variables', () => {
    expectTypeOf<GatewayConfig>().toHaveProperty('attributionUrls').toEqualTypeOf<readonly string[]>()
    expectTypeOf<AttributionConfig>().toHaveProperty('executionProvider').toEqualTypeOf<'cpu' | 'cuda'>()
    expectTypeOf<GatewayConfig>().not.toHaveProperty('engineThreads')
    expectTypeOf<AttributionConfig>().not.toHaveProperty('port')
  })
})

describe('describeConfig', () => {
  it('documents every variable; each written default reads back as itself', () => {
    const rows = describeConfig()
    expect(rows.length).toBe(Object.keys(readConfig({})).length)
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length)
    expect(rows).toContainEqual({
      name: 'MAX_MODEL_BYTES',
      allowed: 'a number of bytes such as 1048576, 64MiB or 2GiB',
      default: '2GiB',
      services: ['gateway', 'attribution', 'feature-visualization'],
      description: 'Largest model, external data included.',
    })
    const derived = ['ENGINE_THREADS', 'ATTRIBUTION_URL']
    const written = rows.filter(({ name }) => !derived.includes(name))
    const env = Object.fromEntries(written.map((row) => [row.name, row.default]))
    expect(readConfig(env)).toEqual(readConfig({}))
  })
})
