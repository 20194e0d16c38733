import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createLogger, requestId } from '../src/index.ts'

type Line = Record<string, unknown>

function capture(level: string): { log: ReturnType<typeof createLogger>; lines: Line[] } {
  const lines: Line[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return { log: createLogger({ service: 'gateway', level, destination }), lines }
}

async function run(behaviour: string, signals: readonly NodeJS.Signals[]) {
  const path = fileURLToPath(new URL('./fixtures/service.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', path, behaviour], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: Line[] = []
  const exit = once(child, 'close')
  createInterface(child.stdout).on('line', (line) => {
    lines.push(JSON.parse(line))
    if (lines.at(-1)?.['msg'] === 'ready') for (const signal of signals) child.kill(signal)
  })
  const [code, signal] = await exit
  const closed = lines.filter(({ msg }) => msg === 'closed').map(({ closer }) => closer)
  return { code, signal, closed, lines }
}

describe('createLogger', () => {
  it('writes JSON with time, level, service and what a child logger adds', () => {
    const { log, lines } = capture('info')
    log.debug('too detailed')
    log.child({ reqId: 'r-1' }).info({ rows: 3 }, 'answered')
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        service: 'gateway',
        pid: process.pid,
        reqId: 'r-1',
        rows: 3,
        msg: 'answered',
      },
    ])
  })

  it('writes errors with code and stack', () => {
    const { log, lines } = capture('info')
    log.error(Object.assign(new Error('full'), { code: 'overloaded' }))
    expect(lines).toMatchObject([
      { level: 'error', err: { code: 'overloaded', message: 'full', stack: expect.any(String) } },
    ])
  })

  it('has written a line when the call returns: none is lost or late when the process dies', async () => {
    const { signal, lines } = await run('die-logging', [])
    expect(signal).toBe('SIGKILL')
    expect(lines.slice(1).map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  it('writes no secret header', () => {
    const { log, lines } = capture('info')
    const headers = {
      authorization: 'Bearer s3cret',
      cookie: 's3cret',
      'set-cookie': ['s3cret'],
      'x-api-key': 's3cret',
    }
    log.info({ req: { headers: { ...headers, accept: 'text/html' } }, res: { headers }, headers, ...headers })
    log.info({ upstream: { headers }, options: headers })
    expect(JSON.stringify(lines)).not.toContain('s3cret')
    expect(lines[0]).toMatchObject({ req: { headers: { authorization: '[redacted]', accept: 'text/html' } } })
  })
})

describe('requestId', () => {
  it('keeps a harmless id and replaces any other', () => {
    expect(requestId('trace-01.A_b')).toBe('trace-01.A_b')
    const uuid = /^[0-9a-f]{8}-/
    for (const given of [undefined, '', 'a b', 'a\nb', 'x'.repeat(129), ['a', 'b']])
      expect(requestId(given)).toMatch(uuid)
    expect(requestId(undefined)).not.toBe(requestId(undefined))
  })
})

describe('createShutdown', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s closes in reverse order and exits with 0',
    async (signal) => {
      const { code, closed, lines } = await run('good', [signal])
      expect(code).toBe(0)
      expect(closed).toEqual(['server', 'engine', 'store'])
      expect(lines).toContainEqual(expect.objectContaining({ msg: 'shutting down', reason: signal }))
    },
  )

  it('runs once, however many signals come', async () => {
    const { code, closed } = await run('good', ['SIGINT', 'SIGTERM', 'SIGINT'])
    expect(code).toBe(0)
    expect(closed).toEqual(['server', 'engine', 'store'])
  })

  it('can be asked for', async () => {
    expect(await run('by-itself', [])).toMatchObject({ code: 0, closed: ['server', 'engine', 'store'] })
  })

  it('closes the others when one fails, and exits with 1', async () => {
    const { code, closed, lines } = await run('fail', ['SIGTERM'])
    expect(code).toBe(1)
    expect(closed).toEqual(['server', 'store'])
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', closer: 'engine' }))
  })

  it('exits with 1 when the grace runs out', async () => {
    const { code, signal, closed } = await run('hang', ['SIGTERM'])
    expect([code, signal]).toEqual([1, null])
    expect(closed).toEqual(['server'])
  })
})
