import type { Layer, LayerType, Rule } from '@crp-serve/lrp'
import { describe, expect, it } from 'vitest'
import { allConserve, trustOf } from '../src/index.ts'

const columns = [
  'initial',
  'input',
  'absorbed/bias',
  'absorbed/stabilizer',
  'absorbed/masked',
  'layer/fc',
  'layer/conv',
]
const conserving = { conserving: true }

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
    expect(trustOf(columns, doubled, { conserving: false }).warnings).toEqual([])
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

describe('allConserve', () => {
  const layer = (type: LayerType | null) => ({ type }) as Layer
  const rule = (name: Rule['name']) => ({ name }) as Rule

  it('trusts exact gradients only where they move relevance unchanged', () => {
    const rules = new Map([
      [layer('convolution'), rule('z_plus')],
      [layer('max_pool'), rule('gradient')],
      [layer(null), rule('gradient')],
    ])
    expect(allConserve(rules)).toBe(true)
    expect(allConserve(new Map([...rules, [layer('sum'), rule('gradient')]]))).toBe(false)
    expect(allConserve(new Map([...rules, [layer('activation'), rule('relu_deconvnet')]]))).toBe(false)
  })
})
