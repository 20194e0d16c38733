import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  GraphBuilder,
  isFunctionalPool,
  moduleClass,
  modulePaths,
  modulesOf,
  type Node,
  readModel,
} from '../src/index.ts'
import { fixture, fixturePath, modelFiles, sharedModels } from './models.ts'

/** What the reference maps say of a module: its nodes, the one that gives its output, how often it is called. */
interface Layer {
  readonly node?: string
  readonly scope_nodes?: readonly string[]
  readonly called?: number
}

type Layers = Readonly<Record<string, Layer>>

interface Place {
  readonly node?: string
  readonly by?: string
}

interface SharedLayer extends Layer, Place {
  readonly raw?: Place
  readonly canonized?: Place
}

interface SharedMap {
  readonly layer_maps_by_canonizers: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, SharedLayer>>>>>
  >
}

/** The reference places a module by its scope and its value where it is there as such; only those have a node here. */
function layerOf({ raw, canonized, scope_nodes, called, ...own }: SharedLayer): Layer {
  const place = [own, raw, canonized].find((p) => p?.by === 'scope+value')
  return {
    ...(place?.node && { node: place.node }),
    ...(scope_nodes && { scope_nodes }),
    ...(called && { called }),
  }
}

const committed: Readonly<Record<string, Layers>> = JSON.parse(
  readFileSync(fixturePath('modules.json'), 'utf8'),
)

/** The reference layers of a model file: committed, or those beside the repository. */
function layersOf(name: string): readonly Layers[] {
  const [model, variant] = name.split('.')
  const path = `${sharedModels}${model}.json`
  if (sharedModels === undefined || !existsSync(path)) return name in committed ? [committed[name]!] : []
  const map: SharedMap = JSON.parse(readFileSync(path, 'utf8'))
  return Object.values(map.layer_maps_by_canonizers).flatMap((variants) => {
    const layers = Object.entries(variants[variant ?? ''] ?? {})
    return [Object.fromEntries(layers.map(([path, layer]) => [path, layerOf(layer)]))]
  })
}

const models = modelFiles.filter((file) => layersOf(file.name).length > 0)

describe.each(models)('$name', ({ name, bytes }) => {
  const { graph } = readModel(bytes)
  const modules = modulesOf(graph)
  const names = new Set(graph.nodes.map((node) => node.name))
  const layers = layersOf(name).flatMap((map) => Object.entries(map))

  test('every module that the file holds is found, with the nodes of its scope', () => {
    const scopes = layers.filter(([, layer]) => layer.scope_nodes?.some((node) => names.has(node)))
    for (const [path, { scope_nodes }] of scopes) {
      const found = modules.get(path)?.nodes.map((node) => node.name)
      expect([path, found]).toEqual([
        path,
        expect.arrayContaining(scope_nodes!.filter((node) => names.has(node))),
      ])
    }
    expect(scopes.length).toBeGreaterThan(0)
  })

  test('the output of a module is the node with its value; a module that is called again has several', () => {
    for (const [path, { node, called }] of layers) {
      const outputs = modules.get(path)?.outputs.map((n) => n.name)
      if (node) expect([path, outputs]).toEqual([path, [node]])
      if (called) expect([path, outputs?.length]).toEqual([path, called])
    }
  })
})

const isFolded = (node: Node): boolean =>
  node.metadata['pkg.onnxscript.rewriter.rule_name']?.includes('FuseBatchNorm') ?? false

test('a convolution into which the exporter folded a batch norm stands for both', () => {
  const graphs = modelFiles.map(({ bytes }) => readModel(bytes).graph)
  const folded = graphs.flatMap((graph) => graph.nodes.filter(isFolded).map((node) => ({ node, graph })))
  for (const { node, graph } of folded) {
    const { primary, aliases } = modulePaths(node, graph)
    expect([`${primary}.weight`, aliases.length]).toEqual([node.inputs[1], 1])
  }
  expect(folded.length).toBeGreaterThan(10)
})

test('the committed maps cover the committed models', () => {
  expect(Object.keys(committed).length).toBeGreaterThan(10)
  for (const name of Object.keys(committed)) expect(() => readModel(fixture(name))).not.toThrow()
})

const b = new GraphBuilder()
b.floats([1], [1], 'features.0.weight')
const graph = b.build('g')
const node: Node = {
  name: 'n',
  op: 'Conv',
  domain: '',
  inputs: [],
  outputs: ['y'],
  attributes: {},
  metadata: {},
}
const scoped = (scopes: string): Node => ({ ...node, metadata: { 'pkg.torch.onnx.name_scopes': scopes } })

test.each<[string, Node, string | null]>([
  [
    'nested Sequentials',
    { ...node, name: '/features/features.1/conv/conv.0/conv.0.0/Conv' },
    'features.1.conv.0.0',
  ],
  [
    'a ModuleList, which is not called itself',
    { ...node, name: '/encoder/layer.0/attention/MatMul' },
    'encoder.layer.0.attention',
  ],
  ['a call outside of all modules', { ...node, name: '/Flatten' }, null],
  ['another exporter', { ...node, name: 'conv1_7x7' }, null],
  ['the name of the weight alone', { ...node, inputs: ['x', 'features.0.weight'] }, 'features.0'],
  ['dynamo scopes', scoped("['', 'features', 'features.0', 'conv2d']"), 'features.0'],
  ['dynamo outside of all modules', scoped("['', 'flatten']"), null],
  ['quotes in a scope', scoped(`['', "it's", 'it\\'s.x', 'call']`), "it's.x"],
  ['metadata that is no list', scoped('none'), null],
])('%s', (_what, of, path) => {
  expect(modulePaths(of, graph)).toEqual({ primary: path, aliases: [] })
})

test('the class of a module', () => {
  const { graph } = readModel(fixture('resbottle.dyn_bn'))
  const mean = graph.nodes.find((n) => n.op === 'ReduceMean')!
  expect([modulePaths(mean, graph).primary, moduleClass(mean)]).toEqual([
    'avgpool',
    'torch.nn.modules.pooling.AdaptiveAvgPool2d',
  ])
  expect(moduleClass(node)).toBeNull()
})

describe('isFunctionalPool', () => {
  const mean = (metadata: Record<string, string>): Node => ({
    name: 'mean',
    op: 'ReduceMean',
    domain: '',
    inputs: ['x', 'axes'],
    outputs: ['y'],
    attributes: {},
    metadata,
  })
  const call = (args: string) => ({
    'pkg.torch.onnx.fx_node': `%mean : [num_users=1] = call_function[target=torch.ops.aten.mean.dim](args = (%relu, ${args}), kwargs = {})`,
  })

  test('knows the decomposed adaptive pool from a mean that the source wrote', () => {
    expect(isFunctionalPool(mean(call('[-1, -2], True')))).toBe(true)
    expect(isFunctionalPool(mean(call('[2, 3]')))).toBe(false)
    expect(isFunctionalPool(mean(call('[-1, -2]')))).toBe(false)
    expect(isFunctionalPool(mean({}))).toBe(false)
  })

  test('reads the line of the source where the export keeps it', () => {
    const source = 'x = nn.functional.adaptive_avg_pool2d(x, (1, 1))'
    expect(isFunctionalPool(mean({ 'pkg.torch.onnx.stack_trace': source }))).toBe(true)
  })
})
