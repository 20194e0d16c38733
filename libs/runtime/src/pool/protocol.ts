import type { WireError } from '../errors.ts'

/** What a child says of itself with every answer. */
export interface ChildStatus {
  /** Affinity keys of what it keeps in memory. */
  readonly held: readonly string[]
  /** Private memory, in bytes (see `privateMemory`). */
  readonly memoryBytes: number
}

export type ToChild =
  | { readonly kind: 'setup'; readonly settings: unknown }
  | { readonly kind: 'request'; readonly id: number; readonly method: string; readonly input: unknown }
  | { readonly kind: 'cancel'; readonly id: number }

export type Outcome = { readonly value: unknown } | { readonly error: WireError }

export type FromChild =
  | { readonly kind: 'ready'; readonly status: ChildStatus }
  | { readonly kind: 'refused'; readonly error: WireError }
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: Outcome; readonly status: ChildStatus }

export interface HandlerContext {
  /**
   * Aborted when the caller cancels or its deadline passes. The message arrives only while the child's event loop
   * turns, so a handler that computes for long must yield to it (`await setImmediate()`) and look.
   */
  readonly signal: AbortSignal
}

/** A named service of a child. Input and result are structured-cloned between the processes. */
export type Handler = (input: never, context: HandlerContext) => unknown

export type Handlers = Readonly<Record<string, Handler>>

/** The type of a handler's input, as the parent must send it. */
export type InputOf<H extends Handler> = Parameters<H>[0]

/** The type of a handler's result, as the parent receives it. */
export type ResultOf<H extends Handler> = Awaited<ReturnType<H>>
