/** Entry module of a process that looks through the files of one new data set and ends. */
import { buildDataset } from '@crp-serve/datasets'
import { serveChild } from '@crp-serve/runtime'

const handlers = { build: buildDataset }

export type DatasetHandlers = typeof handlers

serveChild({ handlers })
