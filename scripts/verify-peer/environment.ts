import { spawn } from 'node:child_process'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
/** Git ignores the folder: a virtual environment of its own, models and arrays. */
export const workFolder = join(here, '../../.venv-peer')

/** PEER_VENV names another environment that has all packages. */
const given = process.env['PEER_VENV']
/** Python of the environment. */
export const python = join(given ?? workFolder, 'bin', 'python')

/** Runs a program to its end; its output is shown. @throws Error where it fails */
function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], cwd: here })
    child.on('error', reject)
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${code}`)),
    )
  })
}

/**
 * What pip installs, in order. torchvision asks for another build of torch and zennit for a newer Python than it needs:
 * both are installed alone.
 */
const installations: readonly (readonly string[])[] = [
  ['-r', 'requirements.txt'],
  ['--no-deps', 'torchvision==0.28.0'],
  ['--no-deps', '--ignore-requires-python', 'zennit==1.0.0', 'zennit-crp==0.6.0'],
]

/**
 * Makes the virtual environment with zennit, zennit-crp and PyTorch where it is not there yet. `interpreter` is a Python of version 3.11 or
 * newer, by default what PYTHON names, else python3.
 * @throws Error where pip fails
 */
export async function prepareEnvironment(interpreter = process.env['PYTHON'] ?? 'python3'): Promise<void> {
  if (given !== undefined) return
  const stamp = join(workFolder, 'installed.txt')
  const wanted = JSON.stringify([installations, await readFile(join(here, 'requirements.txt'), 'utf8')])
  const found = await readFile(stamp, 'utf8').catch(() => '')
  if (found === wanted) return
  await mkdir(workFolder, { recursive: true })
  await access(python).catch(() => run(interpreter, ['-m', 'venv', workFolder]))
  for (const packages of installations)
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
  await writeFile(stamp, wanted)
}

/** Runs a program beside this file in the environment. */
export const runPython = (args: readonly string[]): Promise<void> => run(python, args)

/** Runs the program of the peer for one model; gives the folder of what it wrote. */
export async function runPeer(name: string, inputs: number, seed: number): Promise<string> {
  const folder = join(workFolder, 'results', `${name}-${inputs}-${seed}`)
  const isDone = await access(join(folder, 'facts.json')).then(
    () => true,
    () => false,
  )
  if (!isDone) await runPython(['peer.py', name, folder, '--inputs', `${inputs}`, '--seed', `${seed}`])
  return folder
}
