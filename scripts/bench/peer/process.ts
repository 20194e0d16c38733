import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { python } from '../../verify-peer/environment.ts'
import type { BenchModel, PeerWork } from '../cases.ts'

/** peer.py at work on one model. */
export interface Peer {
  readonly pid: number
  readonly torch: string
  /** Wall time of one piece of work in ms, as Python measures it. */
  work(request: PeerWork, round: number): Promise<number>
  /** The same, with the result written to a .npy file. */
  save(request: PeerWork, round: number, path: string): Promise<void>
  stop(): Promise<void>
}

interface Answer {
  readonly ms: number
}

/** Starts peer.py and waits until it has loaded the model. */
export async function startPeer(model: BenchModel, weights: string, threads: number): Promise<Peer> {
  const script = fileURLToPath(new URL('./peer.py', import.meta.url))
  const child: ChildProcess = spawn(python, ['-u', script, model, weights, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('peer.py has ended')
    return JSON.parse(value) as T
  }
  const ask = (request: object): Promise<Answer> => {
    child.stdin!.write(`${JSON.stringify(request)}\n`)
    return next<Answer>()
  }
  const { torch } = await next<{ torch: string }>()
  return {
    pid: child.pid!,
    torch,
    work: async (request, round) => (await ask({ ...request, round })).ms,
    save: async (request, round, path) => void (await ask({ ...request, round, save: path })),
    async stop() {
      child.stdin!.end()
      await ended
    },
  }
}
