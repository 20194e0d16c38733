/**
 * Lays out the files of one service's image, and nothing else: its compiled code and that of the libraries it imports,
 * their production dependencies, and `server.js`, which starts it. The Dockerfile and the test of the images run this
 * same program, after `npm run build`:
 *
 *     node --import tsx docker/assemble.ts gateway /app [cuda]
 *
 * The lock file decides every version. `cuda` adds ONNX Runtime's CUDA libraries, which its install script downloads.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  /** What of the package belongs to an image beside its manifest. */
  readonly files?: readonly string[]
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly link?: boolean; readonly resolved?: string }>>
}

const root = fileURLToPath(new URL('..', import.meta.url))

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T

const manifestIn = (folder: string) => readJson<Manifest>(join(root, folder, 'package.json'))

/** The folder of every workspace by its package's name, as the lock file has them. */
function workspaces(): Map<string, string> {
  const { packages } = readJson<LockFile>(join(root, 'package-lock.json'))
  const folders = Object.values(packages).flatMap(({ link, resolved }) =>
    link && resolved ? [resolved] : [],
  )
  return new Map(folders.map((folder) => [manifestIn(folder).name, folder]))
}

/** The folders of a workspace and of all workspaces that it needs at run time. */
function closure(folder: string, all: ReadonlyMap<string, string>, found = new Set<string>()): Set<string> {
  if (found.has(folder)) return found
  found.add(folder)
  for (const name of Object.keys(manifestIn(folder).dependencies ?? {})) {
    const needed = all.get(name)
    if (needed !== undefined) closure(needed, all, found)
  }
  return found
}

function copy(path: string, target: string): void {
  cpSync(join(root, path), join(target, path), { recursive: true })
}

/** Installs what the lock file says for one workspace; npm wants to see the manifests of all of them. */
function install(service: string, all: ReadonlyMap<string, string>, target: string): void {
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) copy(file, target)
  for (const folder of all.values()) copy(join(folder, 'package.json'), target)
  const flags = ['--omit=dev', '--no-fund', '--no-audit', '--workspace', service]
  execFileSync('npm', ['ci', ...flags], { cwd: target, stdio: 'inherit' })
}

/** ONNX Runtime brings its libraries for every platform along; an image needs one of them. */
function dropOtherPlatforms(target: string): void {
  const builds = join(target, 'node_modules/onnxruntime-node/bin')
  if (!existsSync(builds)) return
  for (const abi of readdirSync(builds)) {
    for (const platform of readdirSync(join(builds, abi))) {
      if (platform !== process.platform) rmSync(join(builds, abi, platform), { recursive: true })
    }
  }
}

/** Runs the one install script that `.npmrc` leaves out: it downloads the CUDA execution provider. */
function installCuda(target: string): void {
  execFileSync('npm', ['rebuild', 'onnxruntime-node', '--ignore-scripts=false'], {
    cwd: target,
    stdio: 'inherit',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'cuda12' },
  })
}

function assemble(service: string, target: string, variant: string): void {
  const all = workspaces()
  const folder = all.get(`@crp-serve/${service}`)
  if (!folder?.startsWith('services/')) throw new Error(`${service} is not a service`)
  if (variant !== 'cpu' && variant !== 'cuda') throw new Error(`${variant} is neither cpu nor cuda`)
  mkdirSync(target, { recursive: true })
  install(folder, all, target)
  const needed = closure(folder, all)
  for (const other of all.values()) if (!needed.has(other)) rmSync(join(target, other), { recursive: true })
  for (const one of needed) for (const file of manifestIn(one).files ?? []) copy(join(one, file), target)
  dropOtherPlatforms(target)
  if (variant === 'cuda') installCuda(target)
  writeFileSync(join(target, 'server.js'), `import './${folder}/dist/server.js'\n`)
}

const [service, target, variant = 'cpu'] = process.argv.slice(2)
if (service === undefined || target === undefined)
  throw new Error('usage: assemble.ts SERVICE FOLDER [cpu|cuda]')
assemble(service, resolve(target), variant)
