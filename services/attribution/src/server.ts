import { readConfig } from '@crp-serve/config'
import { startEngine } from '@crp-serve/engine'
import { createLogger, createShutdown } from '@crp-serve/telemetry'
import { createApp } from './app.ts'

const config = readConfig()
const logger = createLogger({ service: 'attribution', level: config.logLevel })
const shutdown = createShutdown({ log: logger, graceMs: config.shutdownGraceMs })
// Started by another process over IPC, the worker ends with it.
process.once('disconnect', () => void shutdown.run('the starter is gone'))
try {
  const engine = await startEngine(config, {
    onEvent: (event) => logger.info({ event }, 'engine process'),
  })
  shutdown.add('engine', async () => {
    await engine.drain()
    await engine.close()
  })
  const app = createApp({ ...config, engine, logger })
  shutdown.add('http', () => app.close())
  await app.listen({ host: config.attributionHost, port: config.attributionPort })
} catch (err) {
  logger.fatal({ err }, 'the worker cannot start')
  process.exit(1)
}
