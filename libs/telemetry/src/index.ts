export { createLogger, type Logger, type LogOptions } from './logger.ts'
export { requestId } from './request-id.ts'
export { createShutdown, type Shutdown, type ShutdownOptions } from './shutdown.ts'
