export type { EngineConfig, WorkOptions } from './config.ts'
export { type Engine, type EngineOptions, type Models, startEngine } from './engine.ts'
export type { ModelPage, Registration } from './models/registry.ts'
export type { Upload } from './models/upload.ts'
