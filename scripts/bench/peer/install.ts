import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where the peers live: a virtual environment that git ignores. PEER_VENV names another one that has them. */
const folder = process.env['PEER_VENV'] ?? fileURLToPath(new URL('../../../.venv-peer', import.meta.url))

/** Python of the environment. */
export const python = join(folder, 'bin', 'python')

const torch = 'torch==2.13.0'
/** zennit-crp asks for an older zennit, torchvision for another build of torch, zennit for a later patch of Python. */
const peers = ['zennit==1.0.0', 'zennit-crp==0.6.0', 'torchvision==0.28.0']
const rest = ['numpy==2.4.6', 'tqdm==4.70.1', 'matplotlib==3.11.2', 'pillow==13.0.0', 'scipy==1.17.1']

const isThere = async (path: string): Promise<boolean> => {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}

const hasPeers = async (): Promise<boolean> => {
  if (!(await isThere(python))) return false
  try {
    const imports = 'import torchvision_shim, crp.visualization, zennit.composites, zennit.torchvision'
    await run(python, ['-c', imports], { cwd: fileURLToPath(new URL('.', import.meta.url)) })
    return true
  } catch {
    return false
  }
}

/**
 * Installs the peers unless they are there. `python3` must be 3.11 or newer; PYTHON names another one.
 * @throws Error with what pip says
 */
export async function installPeers(say: (text: string) => void): Promise<void> {
  if (await hasPeers()) return
  say(`installing zennit, zennit-crp and PyTorch into ${folder}`)
  await run(process.env['PYTHON'] ?? 'python3', ['-m', 'venv', folder])
  const pip = (...packages: string[]) => run(python, ['-m', 'pip', 'install', '--quiet', ...packages])
  await pip(torch, ...rest)
  await pip('--no-deps', '--ignore-requires-python', ...peers)
}
