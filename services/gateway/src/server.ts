import { setTimeout } from 'node:timers/promises'
import { readConfig } from '@crp-serve/config'
import { createLogger, createRegistry, createShutdown, startTracing } from '@crp-serve/telemetry'
import { createApp } from './app.ts'

const config = readConfig()
const logger = createLogger({ service: 'gateway', level: config.logLevel })
const shutdown = createShutdown({ log: logger, graceMs: config.drainDelayMs + config.shutdownGraceMs })
const tracing = startTracing({
  service: 'crp-serve-gateway',
  endpoint: config.otlpEndpoint,
  sampleRatio: config.traceSampleRatio,
})
shutdown.add('tracing', () => tracing.close())
const { queueUrl, maxJobRows: maxRows } = config
const jobs = queueUrl === null ? {} : { jobs: { queueUrl, maxRows, store: config } }
const app = createApp({ ...config, ...jobs, logger, tracing, registry: createRegistry('gateway') })
shutdown.add('http', async () => {
  await app.ready()
  app.drain()
  await setTimeout(config.drainDelayMs)
  await app.close()
})
try {
  await app.listen({ host: config.host, port: config.port })
} catch (err) {
  logger.fatal({ err }, 'the gateway cannot start')
  process.exitCode = 1
}
