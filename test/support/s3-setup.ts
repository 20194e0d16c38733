import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { TestProject } from 'vitest/node'
import { type S3Server, startS3Server } from './s3-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the access to an S3 server, which the first request starts. */
    s3Launcher: string
  }
}

async function answer(reply: ServerResponse, starting: Promise<S3Server | undefined>): Promise<void> {
  try {
    reply.end(JSON.stringify((await starting) ?? null))
  } catch (error) {
    reply.statusCode = 500
    reply.end(String(error))
  }
}

/** Gives the tests of a project one S3 server between them, and starts it when the first of them asks. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<S3Server | undefined> | undefined
  const launcher = createServer((_, reply) => {
    starting ??= startS3Server()
    void answer(reply, starting)
  }).listen(0, '127.0.0.1')
  await once(launcher, 'listening')
  const { port } = launcher.address() as { port: number }
  project.provide('s3Launcher', `http://127.0.0.1:${port}`)
  return async () => {
    launcher.close()
    const server = await starting?.catch(() => undefined)
    await server?.stop()
  }
}
