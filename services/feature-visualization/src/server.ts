import { setPriority } from 'node:os'
import { readConfig } from '@crp-serve/config'
import { startEngine } from '@crp-serve/engine'
import { openObjectStore } from '@crp-serve/storage'
import { inferenceMetrics, jobMetrics, observeWith, processMetrics, startService } from '@crp-serve/telemetry'
import { createApp } from './app.ts'
import { startWork } from './work.ts'

const config = readConfig()
const { queueUrl } = config
const { log, registry, shutdown } = startService('feature-visualization', config, config.shutdownGraceMs)
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
