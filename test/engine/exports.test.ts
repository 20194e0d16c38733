import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type CompositeSpec, canonize } from '@crp-serve/lrp'
import { type Model, readModel } from '@crp-serve/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareArrays } from '../support/compare.ts'
import { readNumpy } from '../support/numpy.ts'
import { compileComposite, feedsOf, floats, type Rows, rowsAt } from './compiled-run.ts'
import { EngineSession, type Fetched } from './engine-session.ts'

const folder = fileURLToPath(new URL('exports/', import.meta.url))
const array = (net: string, part: string): Rows => readNumpy(`${folder}${net}.${part}.npy`)

/** Small networks as PyTorch exports them (scripts/exports/make.py), whose operators are rewritten before they are explained. */
const exported = readdirSync(folder)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.replace(/\.onnx$/, ''))
  .sort()

const netOf = (name: string): string => name.split('.')[0]!
const modelOf = (name: string): Model => readModel(readFileSync(`${folder}${name}.onnx`))

const rows = ({ dims, data }: Fetched[string]): Rows => ({ shape: dims, data: data as Float32Array })

describe('networks as PyTorch exports them', () => {
  let engine: EngineSession
  beforeAll(async () => {
    engine = await EngineSession.start()
  })
  afterAll(() => engine.close())

  /** What a composite gives for the samples with the given numbers, a row each. */
  async function explained(name: string, composite: CompositeSpec, samples: readonly number[]) {
    const run = compileComposite(modelOf(name), composite)
    const data = rowsAt(array(netOf(name), 'input'), samples)
    const [fetched] = await engine.run(run, [feedsOf(run, { data, select: samples.map(() => null) })])
    return { fetched: fetched!, outputs: run.compiled.outputs }
  }

  async function predicted(model: Model, samples: Rows): Promise<Rows> {
    const feeds = { [model.graph.inputs[0]!.name]: floats(samples.shape, samples.data) }
    const [fetched] = await engine.run({ compiled: { model } }, [feeds])
    return rows(fetched![model.graph.outputs[0]!.name]!)
  }

  test('are there from both exporters', () => {
    const nets = [...new Set(exported.map(netOf))]
    expect(nets.length).toBeGreaterThan(0)
    expect(exported).toEqual(nets.flatMap((net) => [`${net}.dyn`, `${net}.ts`]))
  })

  test.each(exported)('%s: the rewritten model computes what the file does', async (name) => {
    const model = modelOf(name)
    const { model: canonical } = canonize(model, { mergeBatchNorm: true })
    const input = array(netOf(name), 'input')
    for (const samples of [[0], [0, 1, 2]]) {
      const data = rowsAt(input, samples)
      const { passed, message } = compareArrays(
        await predicted(model, data),
        await predicted(canonical, data),
        2e-6,
      )
      expect(passed, message).toBe(true)
    }
  })

  test.each(exported)('%s: the gradient is that of PyTorch in float64', async (name) => {
    const { fetched, outputs } = await explained(name, 'gradient', [0, 1, 2])
    for (const [part, tensor] of [
      ['prediction', outputs.prediction],
      ['gradient', outputs.inputRelevance!],
    ] as const) {
      const { passed, message } = compareArrays(array(netOf(name), part), rows(fetched[tensor]!), 1e-5)
      expect(passed, `${part}: ${message}`).toBe(true)
    }
  })

  test.each(exported)('%s: a sample gets the same bits alone and among others', async (name) => {
    const { fetched: all, outputs } = await explained(name, 'epsilon_plus', [0, 1, 2])
    const { fetched: alone } = await explained(name, 'epsilon_plus', [1])
    for (const tensor of [outputs.prediction, outputs.inputRelevance!, outputs.trust]) {
      const [many, one] = [rowsAt(rows(all[tensor]!), [1]), rows(alone[tensor]!)]
      expect(Array.from(one.data).every(Number.isFinite)).toBe(true)
      expect(Array.from(many.data)).toEqual(Array.from(one.data))
    }
  })
})
