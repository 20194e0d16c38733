import { cpus } from 'node:os'
import { bound, eventError, type Line, passes } from './compare.ts'
import { bounds, type ConservingLine, conserves, timesNoise } from './conserving.ts'
import { cancelling, models } from './models.ts'

const processor = cpus()[0]?.model.trim() ?? 'an unknown processor'

const number = (value: number): string => value.toExponential(1)

const rows = (cells: readonly (readonly string[])[]): string =>
  cells.map((row) => `| ${row.join(' | ')} |`).join('\n')

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rule = head.map(() => '---')
  return rows([head, rule, ...body])
}

const peerTable = (lines: readonly Line[]): string =>
  table(
    [
      'model',
      'exporter',
      'input',
      'inputs',
      'ours',
      'peer',
      'ratio',
      'largest: ours',
      'peer',
      'worst: ours',
      'peer',
      'events: ours',
      'peer',
      '',
    ],
    lines.map((line) => [
      line.model,
      line.exporter,
      `${line.size} px`,
      String(line.inputs),
      number(line.ours.bulk),
      number(line.peer.bulk),
      line.ratio.toFixed(2),
      number(line.ours.largest),
      number(line.peer.largest),
      number(line.ours.worst),
      number(line.peer.worst),
      String(line.ours.events),
      String(line.peer.events),
      passes(line) ? 'ok' : 'MISSED',
    ]),
  )

const conservingTable = (lines: readonly ConservingLine[]): string =>
  table(
    ['model', 'exporter', 'error', 'at most', 'not accounted for', ''],
    lines.map((line) => [
      line.model,
      line.exporter,
      number(line.error),
      number(line.bound),
      number(line.lost),
      conserves(line) ? 'ok' : 'MISSED',
    ]),
  )

/** The page of the documentation. */
export function page(lines: readonly Line[], conserving: readonly ConservingLine[], command: string): string {
  const reasons = Object.entries(models).flatMap(([name, reason]) =>
    reason ? [`- **${name}**: ${reason}.`] : [],
  )
  const loose = conserving
    .filter(({ bound }) => bound > bounds.error)
    .map(({ model, exporter }) => `${model} (${exporter})`)
    .join(', ')
  return `# Against zennit on torchvision's models

Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)}; do not edit.

## Every model under the same rules

Seeded weights, batch norms with the statistics of data, both PyTorch exporters, the composite \`epsilon_plus_flat\`. The exact
result is zennit 1.0.0 in float64 on PyTorch 2.13, with the canonizers that it needs (its own, and modules in the place of
functional additions and pools: \`scripts/verify-peer/peer_canonizers.py\`). Errors are differences over the largest relevance at
the input, both sides in float32 on ${processor}. First what 99 of 100 values stay below, the median over the inputs, and how many times
that of the peer ours is on the same input, the median again. Then the largest error of an input, the median over the inputs: that of
ours must not be more than ${bound} times the peer's. Then the worst input, and on how many inputs the largest error is above ${number(eventError)}.

Why those stand beside the verdict: single events of rounding decide the largest error. They are of three kinds.

- A window of a max pool whose two largest values agree to seven digits hands its relevance to the other of the two, which moves that of a
  few dozen pixels by up to 1e-3. Among the 12 million windows of VGG16-BN on eight images (seed 0, counted against float64)
  this happened 7 times in ONNX Runtime on the TorchScript file, 10 times on that of dynamo and 5 times in PyTorch; before the first
  pool on 60 other images 13 and 15 times, before the second one on 30 images 6 and 8 times.
- A residual block hands R * a / (a + b) to its branch a. Where a single sum a + b of thousands comes to rest within
  some 1e-6 of zero, its digits are those that float32 rounds away, and one such element of a late block covers the whole image. On
  one input of ResNet-18 the peer's error falls from 1.9e-5 to 7.2e-7 when the one sum below 5e-6 is left out (in float64 and float32
  alike).
- A hidden value of a fully connected layer that comes to rest near zero does the same to what its many inputs get. The worst input of
  VGG16-BN with seed 0 has one of 5.7e-6, which is -2.0e-6 here and 8.7e-6 in PyTorch; the root mean square error of all 4096 values of
  that layer is 5.1e-6 on both sides.

Which inputs meet such an event differs with the rounding: with the number of threads, the exporter, the implementation. How many do
follows from how exact the activations are. Those of ONNX Runtime are no less so than PyTorch's: on an image of VGG16-BN (seed 0) the root mean
square error before the last pool is 3.2e-6 of the activations' against 3.4e-6, on four images of ResNet-50 it is 10 to 40 percent lower at each of ten convolutions.
Chance decides whether a median over few inputs lies among the events or below them, and less so the more inputs there are: over the 8
inputs of one set of weights the peer's own median for DenseNet-121 was 7.7e-3 on one processor and 1.6e-3 on another. So every model is
compared with four sets of weights, 8 inputs each.

${peerTable(lines)}

## Models that zennit has no correct answer for

The table above says for these, too, that the same rules give the same numbers (not for ${cancelling.join(', ')}, whose exact
relevance under these rules is next to nothing, so that float32 leaves noise). But under these rules relevance gets lost or counts
twice:

${reasons.join('\n')}

Here gates and layer norms get the rule \`pass\`, so that the sum is kept. The results are held against the float64 reference of
this project (\`test/reference\`; at most ${number(bounds.error)} of the maximum) and against their own account (at most ${number(bounds.lost)} of the start),
on the first input. Random weights make sums of opposite signs that cancel: that is where float32 loses its digits. A net whose sums
cancel more than that can bear is known by the table above: where the peer's float32 is further than ${number(bounds.error / timesNoise)} from its own float64 on
its worst of the first 8 inputs, the error here may be ${timesNoise} times what it is there. That gives a looser bound to: ${loose}.

No program in float32 can be held to ${number(bounds.error)} on DenseNet-121: moving every value of its first input up or down by 6e-8 of itself, which
is half a unit in the last place, moves the float64 reference by 1e-3 to 6e-3 of its maximum (four random choices of up and down), and
every layer rounds its values by as much again.

${conservingTable(conserving)}
`
}
