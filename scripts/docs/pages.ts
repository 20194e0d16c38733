import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describeConfig } from '@crp-serve/config'
import { operators } from '../../libs/lrp/src/operators/index.ts'
