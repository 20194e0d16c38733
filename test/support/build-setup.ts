import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Compiles what has changed: tests that start services start the compiled ones. */
export default async function setup(): Promise<void> {
  const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
  await promisify(execFile)(process.execPath, [tsc, '-b'], { cwd: root }).catch(({ stdout }) => {
    throw new Error(`the services do not compile:\n${stdout}`)
  })
}
