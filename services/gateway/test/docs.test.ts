import { afterAll, describe, expect, it } from 'vitest'
import { hoistComponents } from '../src/openapi/components.ts'
import { gateway } from './app.ts'

const app = gateway('http://127.0.0.1:1')
afterAll(() => app.close())

describe('documentation', () => {
  it('serves the OpenAPI document', async () => {
    const document = (await app.inject('/openapi.json')).json()
    expect(document).toMatchObject({ openapi: '3.1.0' })
    expect(Object.keys(document.paths)).toContain('/v1/attributions')
    expect(Object.keys(document.paths)).not.toContain('/attributions')
  })

  it('has every reference of the document inside it', async () => {
    const { body } = await app.inject('/openapi.json')
    const names = Object.keys(JSON.parse(body).components.schemas)
    for (const [, name] of body.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(names).toContain(name)
  })

  it('serves Swagger UI with its files and a policy that lets them run', async () => {
    const page = await app.inject({ url: '/docs', headers: { accept: 'text/html' } })
    const html = page.statusCode === 302 ? await app.inject(String(page.headers.location)) : page
    expect(html.body).toContain('swagger-ui')
    expect(html.headers['content-security-policy']).toContain("script-src 'self'")
    const scripts = [...html.body.matchAll(/src="([^"]+\.js)"/g)].map(([, path]) => path!)
    expect(scripts.length).toBeGreaterThan(1)
    for (const path of scripts)
      expect((await app.inject(new URL(path, 'http://a/docs/').pathname)).statusCode).toBe(200)
  })

  it('lets no browser take an answer for a page', async () => {
    const { headers } = await app.inject('/healthz')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'")
  })
})

describe('components', () => {
  it('refuses two schemas of one name', () => {
    const schema = (type: string) => ({ title: 'A', type })
    expect(() => hoistComponents({ a: schema('string'), b: schema('number') })).toThrow(
      'two different schemas are called A',
    )
  })
})
