import type { Problem } from '@crp-serve/contracts'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { createApp, type GatewayOptions } from '../src/index.ts'

/** A gateway with small limits. */
export const gateway = (
  attributionUrl: string | readonly string[],
  options: Partial<GatewayOptions> = {},
): FastifyInstance =>
  createApp({
    attributionUrls: [attributionUrl].flat(),
    maxBodyBytes: 4096,
    maxImageBytes: 64,
    maxRows: 4,
    requestTimeoutMs: 5000,
    bodyTimeoutMs: 5000,
    ...options,
  })

export const tensor = { shape: [1, 2], datatype: 'FP32', data: [1, 2] }
export const minimal = { model: 'm', inputs: [{ tensor }], conditions: [{ y: [1] }] }

/** `status code pointers` of an answer that must be a problem document. */
export function told(response: LightMyRequestResponse): string {
  const problem = response.json<Problem>()
  if (!response.headers['content-type']?.toString().startsWith('application/problem+json'))
    throw new Error(`not a problem document: ${response.body}`)
  if (problem.status !== response.statusCode || problem.type !== `/problems/${problem.code}`)
    throw new Error(`the document contradicts itself: ${response.body}`)
  if (problem.request_id !== response.headers['x-request-id']) throw new Error('the request id is another')
  return [problem.status, problem.code, ...(problem.errors ?? []).map(({ pointer }) => pointer)]
    .join(' ')
    .trim()
}

/** A multipart body of (name, content, file name) parts. */
export function multipart(
  parts: readonly (readonly [name: string, content: string | Uint8Array, file?: string])[],
) {
  const boundary = 'crp-serve-test'
  const chunks = parts.flatMap(([name, content, file]) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}\r\n\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
  return {
    payload: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  }
}
