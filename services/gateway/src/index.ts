export { createApp } from './app.ts'
export { openApiDocument } from './openapi/document.ts'
export type { GatewayOptions } from './options.ts'
