import { afterAll, beforeAll, describe } from 'vitest'
import { type Pglite, startPglite } from '../../../test/support/pglite.ts'
import { behaves } from './behaviour.ts'

describe('PGlite', () => {
  let server: Pglite
  beforeAll(async () => {
    server = await startPglite()
  })
  afterAll(() => server.stop())
  behaves(() => ({ url: server.url, disturb: server.restart }))
})
