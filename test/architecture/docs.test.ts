import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { pages } from '../../scripts/docs/blocks.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const read = (path: string): string => readFileSync(path, 'utf8')

const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'openapi/errors.md', 'examples/concept-world/README.md'].map((path) =>
    join(root, path),
  ),
  ...filesBelow('docs', '.md'),
]

/** Text without code, in which brackets are no links. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```|^ {4}.*$|`[^`\n]*`/gm, '')

/** The anchors that a page has for its headings, made as GitHub makes them. */
const anchors = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** What is wrong with a link of a page, or null. */
function faultOf(page: string, link: string): string | null {
  const [path, anchor] = link.split('#') as [string, string?]
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(target)) return `${link} leads nowhere`
  if (anchor === undefined || anchors(read(target)).includes(anchor)) return null
  return `${link}: ${basename(target)} has no such heading`
}

describe('generated tables', () => {
  it('are what the code says (else run `npm run docs`)', async () => {
    for (const { path, committed, generated } of await pages()) {
      expect(committed, `${basename(path.pathname)} is out of date: run \`npm run docs\``).toBe(generated)
    }
  })
})

describe.each(documents.map((path) => [relative(root, path), path] as const))('%s', (_name, page) => {
  it('has only links that lead somewhere', () => {
    const links = [...prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)
    const own = links.filter((link) => !/^[a-z]+:/.test(link))
    expect(own.map((link) => faultOf(page, link)).filter((fault) => fault !== null)).toEqual([])
  })
})

describe('comments in the code', () => {
  it('name sections of semantics.md that are there', () => {
    const sections = [...read(join(root, 'docs/semantics.md')).matchAll(/^## (\d+)\. /gm)].map(([, n]) => n)
    const sources = ['libs', 'services', 'test', 'scripts'].flatMap((folder) => filesBelow(folder, '.ts'))
    const cited = sources
      .filter((path) => !/node_modules|\/dist\//.test(path))
      .flatMap((path) => {
        const found = read(path).matchAll(/semantics\.md,? section (\d+)/g)
        return [...found].map(([, section]) => ({ path: relative(root, path), section }))
      })
    expect(cited.length).toBeGreaterThan(0)
    expect(cited.filter(({ section }) => !sections.includes(section))).toEqual([])
  })
})
