/** Entry module of a process that reads one archived feature visualization and ends. */
import { serveChild } from '@crp-serve/runtime'
import { importRun } from './import-run.ts'

const handlers = { importRun }

export type ImportHandlers = typeof handlers

serveChild({ handlers })
