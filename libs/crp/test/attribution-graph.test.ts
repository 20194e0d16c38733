import { describe, expect, it } from 'vitest'
import { AttributionGraph, type GraphPlan, graphCondition, graphStart } from '../src/index.ts'

const inputs = new Map([
  ['c', ['b']],
  ['b', ['a']],
  ['a', []],
])
const top = { layer: 'c', concept: 7 }
const parent = { layer: 'd', concept: 1 }
const lower = { layer: 'b', concept: 2 }
const plan = (changes: Partial<GraphPlan> = {}): GraphPlan => ({
  top,
  parent: null,
  hasTarget: true,
  mode: 'peer',
  inputs,
  ...changes,
})

describe('graphStart', () => {
  it('is the class, else the parent, else the concept itself', () => {
    expect(graphStart(plan({ parent }))).toBeNull()
    expect(graphStart(plan({ parent, hasTarget: false }))).toEqual(parent)
    expect(graphStart(plan({ hasTarget: false }))).toEqual(top)
  })
})

describe('graphCondition', () => {
  it('names the top concept once', () => {
    expect(graphCondition(top, plan())).toEqual([top])
  })

  it('keeps the condition of the top concept on as the peer does, where there is no parent', () => {
    expect(graphCondition(lower, plan())).toEqual([top, lower])
    expect(graphCondition(lower, plan({ parent }))).toEqual([parent, lower])
  })

  it('corrected, keeps it only where relevance starts there', () => {
    expect(graphCondition(lower, plan({ mode: 'corrected' }))).toEqual([lower])
    expect(graphCondition(lower, plan({ mode: 'corrected', hasTarget: false }))).toEqual([top, lower])
    expect(graphCondition(lower, plan({ mode: 'corrected', parent }))).toEqual([parent, lower])
  })
})

describe('AttributionGraph', () => {
  const below = ({ layer }: { layer: string }) =>
    new Map(
      inputs.get(layer)!.map((input) => [
        input,
        [
          { index: 3, relevance: 0.5 },
          { index: 1, relevance: 0.25 },
        ],
      ]),
    )

  const grown = (mode: GraphPlan['mode']) => {
    const graph = new AttributionGraph(plan({ mode }))
    graph.grow(below)
    expect(graph.frontier).toEqual([
      { layer: 'b', concept: 3 },
      { layer: 'b', concept: 1 },
    ])
    graph.grow(below)
    return graph.result()
  }

  it('lists a concept for every one that it belongs to, as the peer does', () => {
    const { nodes, edges } = grown('peer')
    expect(nodes.map(({ layer, concept }) => `${layer}${concept}`)).toEqual([
      'c7',
      'b3',
      'b1',
      'a3',
      'a1',
      'a3',
      'a1',
    ])
    expect(edges).toHaveLength(6)
  })

  it('corrected, lists it once, with all of its edges', () => {
    const { nodes, edges } = grown('corrected')
    expect(nodes.map(({ layer, concept }) => `${layer}${concept}`)).toEqual(['c7', 'b3', 'b1', 'a3', 'a1'])
    expect(edges).toHaveLength(6)
    expect(edges.at(-1)).toEqual({
      source: { layer: 'b', concept: 1 },
      target: { layer: 'a', concept: 1 },
      relevance: 0.25,
    })
  })
})
