import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
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

/** The command that the Dockerfile ends with. */
async function imageCommand(): Promise<string[]> {
  const dockerfile = await readFile(join(root, 'docker/Dockerfile'), 'utf8')
  return JSON.parse(/^CMD (.*)$/m.exec(dockerfile)![1]!) as string[]
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
  const [, ...args] = await imageCommand()
  return {
    start: (name, env) => startProcess(name, process.execPath, args, env, join(folder, name)),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
