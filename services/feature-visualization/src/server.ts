import { setPriority } from 'node:os'
import { readConfig } from '@crp-serve/config'
import { startEngine } from '@crp-serve/engine'
import { openObjectStore } from '@crp-serve/storage'
import {
  createLogger,
  createRegistry,
  createShutdown,
  inferenceMetrics,
  jobMetrics,
  observeWith,
  processMetrics,
  startTracing,
} from '@crp-serve/telemetry'
import { createApp } from './app.ts'
import { startWork } from './work.ts'

const config = readConfig()
const { queueUrl } = config
const log = createLogger({ service: 'feature-visualization', level: config.logLevel })
const shutdown = createShutdown({ log, graceMs: config.shutdownGraceMs })
const tracing = startTracing({
  service: 'crp-serve-feature-visualization',
  endpoint: config.otlpEndpoint,
  sampleRatio: config.traceSampleRatio,
})
shutdown.add('tracing', () => tracing.close())
const registry = createRegistry('feature-visualization')
try {
  if (queueUrl === null) throw new Error('the job worker needs a queue: set QUEUE_URL')
  // The engine's processes inherit it.
  setPriority(config.jobNice)
  const engine = await startEngine(
    { ...config, maxRows: config.maxJobRows },
    {
      sweep: false,
      observe: observeWith(inferenceMetrics(registry)),
      onEvent: (event) => log.info({ event }, 'engine process'),
    },
  )
  processMetrics(registry, () => engine.processes())
  shutdown.add('engine', () => engine.close())
  const store = await openObjectStore(config)
  const worker = startWork({
    config: { ...config, queueUrl },
    engine,
    store,
    log,
    metrics: jobMetrics(registry),
  })
  // What is at hand may be finished in half of the time; then it goes back to the queue.
  shutdown.add('jobs', () => worker.close(config.shutdownGraceMs / 2))
  const reached = async () => engine.ready() && (await worker.reachable())
  const app = createApp({ ready: reached, registry })
  shutdown.add('http', () => app.close())
  await app.listen({ host: config.jobWorkerHost, port: config.jobWorkerPort })
} catch (err) {
  log.fatal({ err }, 'the job worker cannot start')
  process.exit(1)
}
