/** A Markdown table with aligned columns, as the formatter wants it; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = cells.map(line)
  return [head!, line(widths.map((width) => '-'.repeat(width))), ...body]
}

/** Text set as code. */
export const code = (text: string): string => `\`${text}\``
