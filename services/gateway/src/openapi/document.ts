import { createApp } from '../app.ts'

/** The OpenAPI document of the API. The app that it describes is never started. */
export async function openApiDocument(): Promise<object> {
  const app = createApp({
    attributionUrls: ['http://127.0.0.1:1'],
    maxBodyBytes: 1,
    maxImageBytes: 1,
    maxRows: 1,
    requestTimeoutMs: 1,
    bodyTimeoutMs: 1,
  })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}
