import type { Layer, LayerType, Rule } from '@crp-serve/lrp'
import { describe, expect, it } from 'vitest'
import { conservationOf, trustOf } from '../src/index.ts'

const columns = [
  'initial',
  'input',
  'absorbed/bias',
  'absorbed/stabilizer',
  'absorbed/masked',
  'layer/fc',
  'layer/conv',
]
const conserving = { checked: true, leaks: [] }

describe('trustOf', () => {
  it('relates every figure to the start', () => {
    const trust = trustOf(columns, [8, 4, 1, 0.5, 2.5, 8, 6], conserving)
    expect(trust).toEqual({
      initial: 8,
      input: 4,
      ratio: 0.5,
      layers: { fc: 1, conv: 0.75 },
      absorbed: { bias: 1, stabilizer: 0.5, masked: 2.5 },
      finite: true,
      warnings: [],
    })
  })

  it('warns where relevance is not accounted for, if the rules promise that it is', () => {
    const doubled = [8, 16, 0, 0, 0, 8, 16]
    const [warning, ...rest] = trustOf(columns, doubled, conserving).warnings
    expect(rest).toEqual([])
    expect(warning).toMatch(/^100\.0 %/)
    expect(trustOf(columns, doubled, { checked: false, leaks: [] }).warnings).toEqual([])
    const leaks = ['add (gradient)', 'b', 'c', 'd', 'e']
    expect(trustOf(columns, doubled, { checked: true, leaks }).warnings[0]).toMatch(
      /: add \(gradient\), b, c and 2 more$/,
    )
    expect(trustOf(columns, [8, 7.93, 0, 0, 0, 8, 8], conserving).warnings).toEqual([])
    expect(trustOf(columns, [8, 7.9, 0, 0, 0, 8, 8], conserving).warnings).toHaveLength(1)
  })

  it('has no ratios where nothing starts', () => {
    const trust = trustOf(columns, [0, 0, 0, 0, 0, 0, 0], conserving)
    expect(trust).toMatchObject({ initial: 0, ratio: null, layers: { fc: null, conv: null }, warnings: [] })
  })

  it('says where relevance stopped being finite and gives null there', () => {
    const trust = trustOf(columns, [8, Number.NaN, 0, 0, 0, 8, Number.POSITIVE_INFINITY], conserving)
    expect(trust).toMatchObject({ finite: false, input: null, ratio: null, layers: { fc: 1, conv: null } })
    expect(trust.warnings).toEqual([expect.stringContaining('first at the layer conv')])
  })
})

describe('conservationOf', () => {
  const layer = (type: LayerType | null, op = '') => ({ type, name: `${op}:${type}`, node: { op } }) as Layer
  const rule = (name: Rule['name']) => ({ name }) as Rule
  const rules = new Map([
    [layer('convolution'), rule('z_plus')],
    [layer('max_pool'), rule('gradient')],
    [layer(null, 'Reshape'), rule('gradient')],
  ])

  it('trusts exact gradients only where they move relevance unchanged', () => {
    expect(conservationOf(rules)).toEqual({ checked: true, leaks: [] })
    const leaky = [
      [layer('sum', 'Add'), rule('gradient')],
      [layer('activation', 'Relu'), rule('relu_deconvnet')],
      [layer(null, 'Mul'), rule('gradient')],
    ] as const
    expect(conservationOf(new Map([...rules, ...leaky]))).toEqual({
      checked: true,
      leaks: ['Add:sum (gradient)', 'Relu:activation (relu_deconvnet)', 'Mul:null (gradient)'],
    })
  })

  it('checks nothing where layers with weights have their gradient', () => {
    expect(conservationOf(new Map([...rules, [layer('linear'), rule('gradient')]])).checked).toBe(false)
  })
})
