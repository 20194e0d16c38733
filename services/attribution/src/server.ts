import { setTimeout } from 'node:timers/promises'
import { readConfig } from '@crp-serve/config'
import { startEngine } from '@crp-serve/engine'
import { inferenceMetrics, observeWith, processMetrics, startService } from '@crp-serve/telemetry'
import { createApp } from './app.ts'

const config = readConfig()
const { log, registry, tracing, shutdown } = startService(
  'attribution',
  config,
  config.drainDelayMs + config.shutdownGraceMs,
)
try {
  const engine = await startEngine(config, {
    observe: observeWith(inferenceMetrics(registry)),
    onEvent: (event) => log.info({ event }, 'engine process'),
  })
  processMetrics(registry, () => engine.processes())
  shutdown.add('engine', async () => {
    await engine.drain()
    await engine.close()
  })
  const app = createApp({ ...config, engine, logger: log, registry, tracing })
  shutdown.add('http', async () => {
    await app.ready()
    app.drain()
    await setTimeout(config.drainDelayMs)
    await app.close()
  })
  await app.listen({ host: config.attributionHost, port: config.attributionPort })
} catch (err) {
  log.fatal({ err }, 'the worker cannot start')
  process.exit(1)
}
