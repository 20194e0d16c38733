export {
  type AttributionConfig,
  type Config,
  ConfigError,
  type ConfigProblem,
  type ConfigRow,
  describeConfig,
  type GatewayConfig,
  type JobWorkerConfig,
  readConfig,
} from './config.ts'
export type { Service } from './variables.ts'
