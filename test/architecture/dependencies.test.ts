import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

const everyLibrary = [
  'config',
  'contracts',
  'crp',
  'datasets',
  'engine',
  'imaging',
  'lrp',
  'onnx',
  'queue',
  'runtime',
  'storage',
  'telemetry',
]

/** What each package may import of the others (the architecture's table); a package that is not listed fails. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'libs/contracts': [],
  'libs/config': [],
  'libs/telemetry': [],
  'libs/onnx': [],
  'libs/imaging': [],
  'libs/storage': [],
  'libs/runtime': [],
  'libs/lrp': ['onnx'],
  'libs/queue': ['contracts'],
  'libs/crp': ['lrp', 'onnx'],
  'libs/datasets': ['storage', 'imaging', 'contracts'],
  'libs/engine': ['crp', 'lrp', 'onnx', 'runtime', 'storage', 'imaging', 'datasets', 'contracts'],
  'services/gateway': ['contracts', 'config', 'telemetry', 'storage', 'queue'],
  'services/attribution': everyLibrary.filter((name) => name !== 'queue'),
  'services/feature-visualization': everyLibrary,
}

/** Third-party packages that only one library may touch. */
const onlyIn: Readonly<Record<string, string>> = { sharp: 'libs/imaging', 'onnxruntime-node': 'libs/runtime' }

const packages = ['libs', 'services'].flatMap((group) =>
  readdirSync(join(root, group))
    .map((name) => `${group}/${name}`)
    .filter((path) => existsSync(join(root, path, 'package.json'))),
)

function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Module specifiers that the sources of a package import. */
function imports(path: string): readonly string[] {
  const text = sourceFiles(join(root, path, 'src')).map((file) => readFileSync(file, 'utf8'))
  return text.flatMap((source) =>
    [...source.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)].map((match) => match[1]!),
  )
}

describe.each(packages)('%s', (path) => {
  it('imports only the packages that the architecture allows it', () => {
    const allowed = mayImport[path]?.map((name) => `@crp-serve/${name}`)
    expect(allowed, `${path} stands in no row of the table`).toBeDefined()
    const internal = imports(path).filter((name) => name.startsWith('@crp-serve/'))
    expect([...new Set(internal)].filter((name) => !allowed!.includes(name))).toEqual([])
  })

  it('leaves sharp and onnxruntime-node to their own libraries', () => {
    const used = imports(path)
    const foreign = Object.entries(onlyIn).filter(([name, owner]) => owner !== path && used.includes(name))
    expect(foreign).toEqual([])
  })

  it('reads the environment in libs/config only, and hands it on to children in one place', () => {
    if (path === 'libs/config') return
    const readers = sourceFiles(join(root, path, 'src')).filter((file) =>
      /process\.env|\benv\b.*from 'node:process'/.test(readFileSync(file, 'utf8')),
    )
    const handsOn = join(root, 'libs/runtime/src/pool/forked-child.ts')
    expect(readers).toEqual(path === 'libs/runtime' ? [handsOn] : [])
  })

  it('references in its tsconfig exactly the packages that it depends on', () => {
    const manifest = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>
    }
    const config = JSON.parse(readFileSync(join(root, path, 'tsconfig.json'), 'utf8')) as {
      references?: { path: string }[]
    }
    const dependencies = Object.keys(manifest.dependencies ?? {}).filter((name) =>
      name.startsWith('@crp-serve/'),
    )
    const references = (config.references ?? []).map((reference) =>
      reference.path.replace('../../libs/', '@crp-serve/'),
    )
    expect(references.sort()).toEqual(dependencies.sort())
  })
})
