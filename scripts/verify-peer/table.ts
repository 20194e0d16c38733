import { bound, type Line, passes } from './compare.ts'
import { bounds, type ConservingLine, conserves } from './conserving.ts'
import { models } from './models.ts'

const number = (value: number): string => value.toExponential(1)

const rows = (cells: readonly (readonly string[])[]): string =>
  cells.map((row) => `| ${row.join(' | ')} |`).join('\n')

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rule = head.map(() => '---')
  return rows([head, rule, ...body])
}

const peerTable = (lines: readonly Line[]): string =>
  table(
    ['model', 'exporter', 'input', 'inputs', 'ours, float32', 'peer, float32', 'ratio', ''],
    lines.map((line) => [
      line.model,
      line.exporter,
      `${line.size} px`,
      `${line.inputs}`,
      number(line.ours),
      number(line.peer),
      (line.ours / line.peer).toFixed(2),
      passes(line) ? 'ok' : 'MISSED',
    ]),
  )

const conservingTable = (lines: readonly ConservingLine[]): string =>
  table(
    ['model', 'exporter', 'error', 'not accounted for', ''],
    lines.map((line) => [
      line.model,
      line.exporter,
      number(line.error),
      number(line.lost),
      conserves(line) ? 'ok' : 'MISSED',
    ]),
  )

/** The page of the documentation. */
export function page(lines: readonly Line[], conserving: readonly ConservingLine[], command: string): string {
  const reasons = Object.entries(models).flatMap(([name, reason]) =>
    reason ? [`- **${name}**: ${reason}.`] : [],
  )
  return `# Against zennit on torchvision's models

Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)}; do not edit.

## Every model under the same rules

Seeded weights, batch norms with the statistics of data, both PyTorch exporters, the composite \`epsilon_plus_flat\`. The exact
result is zennit 1.0.0 in float64 on PyTorch 2.13, with the canonizers that it needs (its own, and modules in the place of
functional additions and pools: \`scripts/verify-peer/peer_canonizers.py\`). Errors are the largest difference over the largest
relevance at the input, the median over the inputs. Ours must not be more than ${bound} times the peer's in float32.

${peerTable(lines)}

## Models that zennit has no correct answer for

The table above says for these, too, that the same rules give the same numbers. But under these rules relevance gets lost or
counts twice:

${reasons.join('\n')}

Here gates and layer norms get the rule \`pass\`, so that the sum is kept. The results are held against the float64 reference of
this project (\`test/reference\`; at most ${number(bounds.error)} of the maximum) and against their own account (at most ${number(bounds.lost)} of the start),
on the first input. Random weights make sums of opposite signs that cancel: that is where float32 loses its digits.

${conservingTable(conserving)}
`
}
