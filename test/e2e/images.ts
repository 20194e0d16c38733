import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root, type ServiceProcess, startProcess } from './service-process.ts'

const run = promisify(execFile)

export type ImageName = 'gateway' | 'attribution' | 'feature-visualization'

/** The files of the images of all services, laid out as the Dockerfile lays them out. */
export interface Images {
  /** Starts a service as its image does: the same files, the same command, this environment. */
  start(name: ImageName, env: Readonly<Record<string, string>>): ServiceProcess
  remove(): Promise<void>
}

/** Builds the code and lays out the images' files with the very program that the Dockerfile runs. */
export async function assembleImages(names: readonly ImageName[]): Promise<Images> {
  const folder = await mkdtemp(join(tmpdir(), 'crp-images-'))
  await run('npm', ['run', 'build'], { cwd: root })
  for (const name of names) {
    await run(process.execPath, ['--import', 'tsx', 'docker/assemble.ts', name, join(folder, name)], {
      cwd: root,
    })
  }
  return {
    start: (name, env) =>
      startProcess(name, process.execPath, ['--enable-source-maps', 'server.js'], env, join(folder, name)),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
