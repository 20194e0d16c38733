import { DatasetError } from '../errors.ts'
import { type FileSource, manifestName, type SourceFile } from '../files.ts'
import type { Rows } from './build-index.ts'
import { classPositions, listedFindings, numberedClasses } from './classes.ts'

/** Longest manifest, in bytes: the text has to fit into a string of V8. */
const maxManifestBytes = 500_000_000

/** Highest output that a label can name. */
const maxOutput = 1_000_000

type Label = string | number

interface Line {
  readonly number: number
  readonly file: SourceFile
  readonly labels: readonly Label[]
}

interface Finding {
  /** Counted from 1. */
  readonly line: number
  readonly detail: string
}

const isLabel = (value: unknown): value is Label =>
  typeof value === 'string'
    ? value !== ''
    : Number.isInteger(value) && (value as number) >= 0 && (value as number) <= maxOutput

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The labels of a line, or what is wrong with them. */
function labelsOf({ label, labels }: Readonly<Record<string, unknown>>): readonly Label[] | string {
  if ((label === undefined) === (labels === undefined)) return 'takes either "label" or "labels"'
  const list = label === undefined ? labels : [label]
  if (Array.isArray(list) && list.every(isLabel)) return [...new Set(list)]
  return 'a label is the name of a class or the index of an output, and "labels" a list of them'
}

/** One line of a manifest, or what is wrong with it. */
function readLine(text: string, number: number, files: ReadonlyMap<string, SourceFile>): Line | Finding {
  const wrong = (detail: string): Finding => ({ line: number, detail })
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch (error) {
    return wrong(`is not JSON: ${(error as Error).message}`)
  }
  if (!isFields(fields) || typeof fields['path'] !== 'string') return wrong('is no object with a "path"')
  const file = files.get(fields['path'])
  if (file === undefined) return wrong(`there is no image ${JSON.stringify(fields['path'])}`)
  const labels = labelsOf(fields)
  return typeof labels === 'string' ? wrong(labels) : { number, file, labels }
}

function refuse(findings: readonly Finding[]): void {
  const [first] = findings
  if (first === undefined) return
  const more = findings.length > 1 ? ` (${findings.length} lines are wrong)` : ''
  throw new DatasetError('dataset-invalid', `${manifestName}, line ${first.line}: ${first.detail}${more}`, {
    details: { lines: findings.slice(0, listedFindings), wrong: findings.length },
  })
}

function namedRows(lines: readonly Line[], given: readonly string[] | undefined) {
  const { classes, position } = classPositions(
    lines.flatMap(({ labels }) => labels as string[]),
    given,
  )
  const unknown = (name: Label) => position(name as string) === undefined
  refuse(
    lines.flatMap(({ number, labels }) =>
      labels
        .filter(unknown)
        .map((name) => ({ line: number, detail: `the class ${JSON.stringify(name)} is not in "classes"` })),
    ),
  )
  return { classes, labels: lines.map((line) => line.labels.map((name) => position(name as string)!)) }
}

function numberedRows(lines: readonly Line[], given: readonly string[] | undefined) {
  const count =
    given?.length ??
    lines.reduce((most, { labels }) => (labels as number[]).reduce((a, b) => Math.max(a, b), most), -1) + 1
  refuse(
    lines.flatMap(({ number, labels }) =>
      labels
        .filter((label) => (label as number) >= count)
        .map((label) => ({ line: number, detail: `there is no class ${label} in "classes"` })),
    ),
  )
  return { classes: given ?? numberedClasses(count), labels: lines.map(({ labels }) => labels as number[]) }
}

/** Text of a manifest, split into lines that are not blank. */
async function linesOf(source: FileSource, manifest: SourceFile): Promise<[text: string, number: number][]> {
  if (manifest.size > maxManifestBytes) {
    const message = `${manifestName} has more than ${maxManifestBytes} bytes.`
    throw new DatasetError('dataset-too-large', message, { details: { max_bytes: maxManifestBytes } })
  }
  const text = Buffer.from(await source.read(manifest)).toString('utf8')
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line, i): [string, number] => [line, i + 1])
    .filter(([line]) => line.trim() !== '')
}

/**
 * Images that `manifest.jsonl` names, in its order: a line is `{"path", "label" | "labels"}` and may hold more. Labels are
 * names of classes, or all of them indices of outputs.
 */
export async function rowsOfManifest(
  source: FileSource,
  manifest: SourceFile,
  given: readonly string[] | undefined,
): Promise<Rows> {
  const files = new Map(source.files.map((file) => [file.path, file]))
  const read = (await linesOf(source, manifest)).map(([text, number]) => readLine(text, number, files))
  refuse(read.filter((line): line is Finding => 'detail' in line))
  const lines = read as Line[]
  const kinds = new Set(lines.flatMap(({ labels }) => labels.map((label) => typeof label)))
  if (kinds.size > 1) {
    const odd = lines.find(({ labels }) => labels.some((label) => typeof label === 'number'))!
    refuse([{ line: odd.number, detail: 'labels are names in other lines and an index here' }])
  }
  const numbered = kinds.has('number')
  const { classes, labels } = numbered ? numberedRows(lines, given) : namedRows(lines, given)
  return { files: lines.map(({ file }) => file), labels, classes, labelling: numbered ? 'outputs' : 'names' }
}
