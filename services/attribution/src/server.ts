import { setTimeout } from 'node:timers/promises'
import { readConfig } from '@crp-serve/config'
import { startEngine } from '@crp-serve/engine'
import {
  createLogger,
  createRegistry,
  createShutdown,
  inferenceMetrics,
  observeWith,
  processMetrics,
  startTracing,
} from '@crp-serve/telemetry'
import { createApp } from './app.ts'

const config = readConfig()
const logger = createLogger({ service: 'attribution', level: config.logLevel })
const shutdown = createShutdown({ log: logger, graceMs: config.drainDelayMs + config.shutdownGraceMs })
// Started by another process over IPC, the worker ends with it.
process.once('disconnect', () => void shutdown.run('the starter is gone'))
const tracing = startTracing({
  service: 'crp-serve-attribution',
  endpoint: config.otlpEndpoint,
  sampleRatio: config.traceSampleRatio,
})
shutdown.add('tracing', () => tracing.close())
const registry = createRegistry('attribution')
try {
  const engine = await startEngine(config, {
    observe: observeWith(inferenceMetrics(registry)),
    onEvent: (event) => logger.info({ event }, 'engine process'),
  })
  processMetrics(registry, () => engine.processes())
  shutdown.add('engine', async () => {
    await engine.drain()
    await engine.close()
  })
  const app = createApp({ ...config, engine, logger, registry, tracing })
  shutdown.add('http', async () => {
    await app.ready()
    app.drain()
    await setTimeout(config.drainDelayMs)
    await app.close()
  })
  await app.listen({ host: config.attributionHost, port: config.attributionPort })
} catch (err) {
  logger.fatal({ err }, 'the worker cannot start')
  process.exit(1)
}
