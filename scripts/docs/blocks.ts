import { readFile } from 'node:fs/promises'
import { describeConfig } from '@crp-serve/config'
import { shapeFunctions, supportedOpsets } from '@crp-serve/onnx'
import { operatorFor } from '../../libs/lrp/src/operators/index.ts'
import type { Operator } from '../../libs/lrp/src/operators/operator.ts'
import { engineTable, overheadTable, peerTable, visualizationTable, workersTable } from './bench-tables.ts'
import { limitTable, routeLimitTable } from './limit-tables.ts'
import { loadTable } from './load-table.ts'
import { code, table } from './tables.ts'

const root = new URL('../../', import.meta.url)

/** Every environment variable, from the table that reads it. */
function variables(): string[] {
  const rows = describeConfig().map(({ name, allowed, default: fallback, services, description }) => {
    const shown = /\s/.test(fallback) ? fallback : code(fallback)
    return [code(name), description, allowed, shown, services.join(', ')]
  })
  return table([['variable', 'meaning', 'allowed', 'default', 'read by'], ...rows])
}

/** The ways in which an operator is explained: one, or one for each number of operands that depend on the input. */
function explained(op: string): Operator[] {
  const node = { op, name: '', domain: '', inputs: [], outputs: [], attributes: {}, metadata: {} }
  const found = [1, 2, 3].map((operands) => operatorFor(node, operands))
  return [...new Set(found)].filter((operator) => operator !== null)
}

const known = [...shapeFunctions.keys()].sort()

/** Every operator that relevance passes through, from the engine's own list. */
function relevanceOperators(): string[] {
  const rows = known
    .flatMap(explained)
    .map(({ op, operands, linear, refuse }) => [
      operands === undefined ? code(op) : `${code(op)}, ${operands} of its operands from the input`,
      linear ? 'yes' : 'no',
      refuse ? 'some forms, with the reason' : 'nothing',
    ])
  return table([['operator', 'rules on parameters', 'refused'], ...rows])
}

/** Operators whose shapes are known, but that relevance cannot pass. */
function sideOperators(): string[] {
  return [
    `${known
      .filter((op) => explained(op).length === 0)
      .map(code)
      .join(', ')}.`,
  ]
}

function opsets(): string[] {
  const { min, max } = supportedOpsets
  return [`Models of opset ${min} to ${max} of the default domain are read.`]
}

interface Operation {
  readonly summary?: string
}

/** Every route of the committed OpenAPI document. */
async function routes(): Promise<string[]> {
  const text = await readFile(new URL('openapi/openapi.json', root), 'utf8')
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Operation>> }
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary = '' }]) => [
      code(`${method.toUpperCase()} ${path}`),
      summary,
    ]),
  )
  return table([['route', 'what it does'], ...rows])
}

/** The lines of a check that are an example, with the values that the check gets from outside in front. */
async function example(check: string, given: string): Promise<string[]> {
  const text = await readFile(new URL(`scripts/checks/${check}`, root), 'utf8')
  const [, lines] = /^# begin example\n(.*)^# end example\n/ms.exec(text) ?? []
  if (lines === undefined) throw new Error(`${check} marks no example`)
  return ['```python', given, '', ...lines.trimEnd().split('\n'), '```']
}

type Lines = string[] | Promise<string[]>

/** What is generated, by page and by the name of its place there. */
const blocks: Readonly<Record<string, Readonly<Record<string, () => Lines>>>> = {
  'docs/api.md': { routes },
  'docs/configuration.md': { variables },
  'docs/how-to/connect.md': {
    'triton example': () => example('triton.py', 'host = "127.0.0.1:8080"'),
    'kserve example': () => example('kserve.py', 'url = "http://127.0.0.1:8080"'),
  },
  'docs/how-to/run-under-load.md': { limits: limitTable, 'limits of routes': routeLimitTable },
  'docs/operators.md': { opsets, operators: relevanceOperators, 'side operators': sideOperators },
  'docs/performance.md': {
    'peer bench': peerTable,
    'visualization bench': visualizationTable,
    'workers bench': workersTable,
    'engine bench': engineTable,
    'http bench': overheadTable,
    'load bench': loadTable,
  },
}

/** Puts lines between the two comments that name a block. */
function fill(page: string, text: string, name: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- begin generated: ${name} -->`, `<!-- end generated: ${name} -->`]
  const [before, rest, ...more] = text.split(begin)
  const [, after] = rest?.split(end) ?? []
  if (after === undefined || more.length > 0)
    throw new Error(`${page} needs exactly one block between "${begin}" and "${end}"`)
  return `${before}${begin}\n\n${lines.join('\n')}\n\n${end}${after}`
}

/** A page with generated blocks, as it is and as it must be. */
export interface Page {
  readonly path: URL
  readonly committed: string
  readonly generated: string
}

/** Every page that holds generated blocks. */
export async function pages(): Promise<Page[]> {
  const entries = Object.entries(blocks)
  return Promise.all(
    entries.map(async ([page, parts]) => {
      const path = new URL(page, root)
      const committed = await readFile(path, 'utf8')
      let generated = committed
      for (const [name, lines] of Object.entries(parts))
        generated = fill(page, generated, name, await lines())
      return { path, committed, generated }
    }),
  )
}
