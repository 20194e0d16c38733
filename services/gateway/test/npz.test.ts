import { readNpz } from '@crp-serve/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gateway, minimal, told } from './app.ts'
import { attributionAnswer, floats, startWorker, type TestWorker } from './worker.ts'

let worker: TestWorker
let app: ReturnType<typeof gateway>

beforeAll(async () => {
  worker = await startWorker()
  app = gateway(worker.url)
})
afterAll(async () => {
  await app.close()
  await worker.app.close()
})

const ask = () =>
  app.inject({
    method: 'POST',
    url: '/v1/attributions',
    headers: { accept: 'application/x-npz' },
    payload: minimal,
  })

describe('Accept: application/x-npz', () => {
  it('answers with arrays over all rows and the rest as meta.json', async () => {
    worker.behaviour.attribute = async (task) => {
      expect(task.output).toMatchObject({ heatmap: ['tensor'], prediction: { tensor: true } })
      const answer = attributionAnswer(task)
      return { ...answer, results: [...answer.results, ...answer.results] }
    }
    const response = await ask()
    expect(response.headers['content-type']).toBe('application/x-npz')
    const { 'meta.json': meta, ...arrays } = readNpz(response.rawPayload, 1 << 20)
    expect(arrays).toMatchObject({
      heatmap: { shape: [2, 2], data: new Float32Array([0.5, Number.NaN, 0.5, Number.NaN]) },
      prediction: { shape: [2, 2] },
      'relevance/features.0': { shape: [2, 1], data: new Float32Array([3, 3]) },
    })
    const told = JSON.parse(Buffer.from(meta as Uint8Array).toString())
    expect(told.results[1]).toMatchObject({ sample: 0, trust: { ratio: 0.99 }, heatmap: {} })
    expect(JSON.stringify(told)).not.toContain('FP32')
  })

  it('refuses rows that cannot be stacked', async () => {
    worker.behaviour.attribute = async (task) => {
      const answer = attributionAnswer(task)
      const [row] = answer.results
      return { ...answer, results: [row!, { ...row!, heatmap: { tensor: floats(1) } }] }
    }
    expect(told(await ask())).toBe('422 tensor-shape-mismatch')
  })

  it('answers errors as problem documents all the same', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/v1/attributions',
      headers: { accept: 'application/x-npz' },
      payload: {},
    })
    expect(told(response)).toContain('422 validation-failed')
  })
})
