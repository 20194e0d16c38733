import { collectDefaultMetrics, Registry } from 'prom-client'

export type { Registry } from 'prom-client'

/**
 * The metrics of one process, for Prometheus: those of the process itself (memory, event loop, garbage collection), and
 * all that is added to the registry.
 * @param service the label `service` of every metric
 */
export function createRegistry(service: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  return registry
}
