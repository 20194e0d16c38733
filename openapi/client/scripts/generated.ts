import { fileURLToPath } from 'node:url'
import { errorCodes, errorKind } from '@crp-serve/contracts'
import { openApiDocument } from '@crp-serve/gateway'
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript'

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
}

/**
 * The document for TypeScript, whose index signatures cover the named fields too: in JSON Schema `additionalProperties`
 * is about the other fields alone, and a condition's `y` would have to be both.
 */
const forTypes = (document: unknown): OpenAPI3 =>
  JSON.parse(JSON.stringify(document), (_key, value: unknown) => {
    const { properties, additionalProperties: others } = (value ?? {}) as Schema
    if (properties === undefined || typeof others !== 'object') return value
    return { ...(value as Schema), additionalProperties: { anyOf: [others, ...Object.values(properties)] } }
  }) as OpenAPI3

/** Every file that is generated from the code, with the content that it must have. */
export async function generated(): Promise<[path: string, content: string][]> {
  const document = await openApiDocument()
  const types = astToString(await openapiTS(forTypes(document), { defaultNonNullable: false }))
  return [
    [place('../../openapi.json'), `${JSON.stringify(document, null, 2)}\n`],
    [place('../../errors.md'), errorPage()],
    [
      place('../src/gen/schema.ts'),
      `// Generated from openapi/openapi.json by \`npm run openapi\`.\n\n${types}`,
    ],
  ]
}

/** A Markdown table with aligned columns, as the formatter wants it. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = rows.map(line)
  return [head!, line(widths.map((width) => '-'.repeat(width))), ...body]
}

function errorPage(): string {
  const rows = errorCodes.map((code) => {
    const { status, title, when } = errorKind(code)
    return [`\`${code}\``, String(status), title, when]
  })
  return [
    '# Error codes',
    '',
    'Every error is `application/problem+json` (RFC 9457) with one of these codes. This page is generated from the table',
    'in `libs/contracts/src/errors/codes.ts` by `npm run openapi`; a running service has it at `/problems`.',
    '',
    ...table([['code', 'HTTP status', 'title', 'when'], ...rows]),
    '',
  ].join('\n')
}
