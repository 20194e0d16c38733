import { type AttributionTask, attributionTask, type DecodedAttribution } from '@crp-serve/contracts'
import type { Engine } from '@crp-serve/engine'

export type BenchModel = 'vgg16' | 'resnet50'

/**
 * One line of the tables. A further kind of work is one entry here, and one function in `WORK` of peer/peer.py: `engine`
 * does the work once on images that no round before has seen, `peer` says the same to peer.py (the round is added), and
 * `units` is what the work is divided by to compare it with a forward pass (heatmaps, images).
 */
export interface BenchCase {
  readonly name: string
  readonly model: BenchModel
  /** Heatmaps or images that one round makes. */
  readonly units: number
  /** Rounds that are timed, after one whose results are compared. */
  readonly rounds: number
  /** How many times faster than the peer it is to be, and how many forward passes a unit may cost at most. */
  readonly target: { readonly speedup: number; readonly forwards?: number }
  /** Does the work once; what is returned has the cost by the plan, and values that can be compared with the peer's. */
  readonly engine: (engine: Engine, round: number) => Promise<EngineWork>
  /** What peer.py is asked. */
  readonly peer: PeerWork
}

/** A request of peer.py: the name of a function in its `WORK`, and what that takes. */
export interface PeerWork {
  readonly work: string
  readonly [parameter: string]: string | number | readonly string[]
}

/** What one round of the engine gave. */
export interface EngineWork {
  readonly executions: number
  /** FLOPs of the executed graphs over those of a forward pass. */
  readonly forwardEquivalents: number
  /** Everything that was computed, flat, in the order in which the peer saves it. */
  readonly values: Float32Array
}

const imageShape = [1, 3, 224, 224]
const target = 403

/** The image of a round, the same on both sides: peer.py makes it in the same way. */
export function image(round: number): { shape: number[]; datatype: 'FP32'; data: Uint8Array } {
  const values = new Float32Array(3 * 224 * 224).map((_, i) => Math.sin(i * 12.9898 + round * 78.233))
  return { shape: imageShape, datatype: 'FP32', data: new Uint8Array(values.buffer) }
}

function taskOf(model: BenchModel, conditions: readonly object[], round: number): AttributionTask {
  const request = {
    model,
    inputs: [{ tensor: image(round) }],
    conditions,
    output: { heatmap: ['tensor'], prediction: { top: 1 } },
  }
  return attributionTask(request as unknown as DecodedAttribution)
}

const explain =
  (model: BenchModel, conditions: readonly object[]): BenchCase['engine'] =>
  async (engine, round) => {
    const { results, timings } = await engine.attribute(taskOf(model, conditions, round))
    const bytes = Buffer.concat(results.map(({ heatmap }) => heatmap!.tensor!.data))
    return {
      executions: timings.plan.executions,
      forwardEquivalents: timings.plan.forward_equivalents,
      values: new Float32Array(new Uint8Array(bytes).buffer),
    }
  }

const heatmap = (name: string, model: BenchModel, rounds: number, goal: BenchCase['target']): BenchCase => ({
  name,
  model,
  units: 1,
  rounds,
  target: goal,
  engine: explain(model, [{ y: [target] }]),
  peer: { work: 'heatmap', y: target },
})

/** One condition for each of the first channels of a layer. */
function channelsOf(
  name: string,
  model: BenchModel,
  { layer, channels, batch }: { layer: string; channels: number; batch: number },
  rounds: number,
  goal: BenchCase['target'],
): BenchCase {
  const conditions = Array.from({ length: channels }, (_, i) => ({ y: [target], [layer]: [i] }))
  return {
    name,
    model,
    units: channels,
    rounds,
    target: goal,
    engine: explain(model, conditions),
    peer: { work: 'conditions', y: target, layer, channels, batch },
  }
}

/** The cases of the tables. `batch` is the number of conditions at once with which the peer was fastest. */
export const cases: readonly BenchCase[] = [
  heatmap('VGG16, one heatmap', 'vgg16', 9, { speedup: 3, forwards: 3.3 }),
  channelsOf(
    'VGG16, 64 conditions at features.28',
    'vgg16',
    { layer: 'features.28', channels: 64, batch: 1 },
    1,
    { speedup: 7, forwards: 1 },
  ),
  channelsOf(
    'VGG16, 64 conditions at features.14',
    'vgg16',
    { layer: 'features.14', channels: 64, batch: 1 },
    1,
    { speedup: 12 },
  ),
  heatmap('ResNet50, one heatmap', 'resnet50', 15, { speedup: 5 }),
  channelsOf(
    'ResNet50, 32 conditions at layer3.0.conv2',
    'resnet50',
    { layer: 'layer3.0.conv2', channels: 32, batch: 1 },
    2,
    { speedup: 12 },
  ),
]

/** Those of a list whose name holds one of the texts, or all of them where none is given. */
export const chosenFrom = <T extends { readonly name: string }>(
  list: readonly T[],
  texts: readonly string[],
): readonly T[] => list.filter(({ name }) => texts.length === 0 || texts.some((text) => name.includes(text)))
