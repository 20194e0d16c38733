export { createApp, type HealthOptions } from './app.ts'
export type { Workplace } from './context.ts'
export { type Courtesy, createCourtesy } from './courtesy.ts'
export { handlers } from './handlers/index.ts'
