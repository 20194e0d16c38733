import { setTimeout } from 'node:timers/promises'
import { readConfig } from '@crp-serve/config'
import { startService } from '@crp-serve/telemetry'
import { createApp } from './app.ts'

const config = readConfig()
const { log, registry, tracing, shutdown } = startService(
  'gateway',
  config,
  config.drainDelayMs + config.shutdownGraceMs,
)
const { queueUrl, maxJobRows: maxRows } = config
const jobs = queueUrl === null ? {} : { jobs: { queueUrl, maxRows, store: config } }
const app = createApp({ ...config, ...jobs, logger: log, tracing, registry })
shutdown.add('http', async () => {
  await app.ready()
  app.drain()
  await setTimeout(config.drainDelayMs)
  await app.close()
})
try {
  await app.listen({ host: config.host, port: config.port })
} catch (err) {
  log.fatal({ err }, 'the gateway cannot start')
  process.exit(1)
}
