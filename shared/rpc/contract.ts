import { z } from 'zod'

/** An operation that answers once. */
export const call = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O) => ({
  kind: 'call' as const,
  input,
  output,
})
/** An operation that answers with a sequence of items until it ends, fails or is cancelled. */
export const stream = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O, options: StreamOptions = {}) => ({
  kind: 'stream' as const,
  input,
  output,
  overflow: options.overflow ?? 'newest',
})

/**
 * What happens to items that the other side is too slow to take.
 * `newest`: only the latest item is kept (a gauge); `wait`: the producer waits (a log, where every item counts).
 */
export type Overflow = 'newest' | 'wait'
interface StreamOptions {
  overflow?: Overflow
}

export type Operation =
  | { kind: 'call'; input: z.ZodType; output: z.ZodType }
  | { kind: 'stream'; input: z.ZodType; output: z.ZodType; overflow: Overflow }
export type Contract = Record<string, Operation>

/** An expected failure, as data: what happened, what to do next, whether trying again can help. */
export const AppErrorSchema = z.object({
  code: z.enum([
    'invalid_input',
    'not_found',
    'conflict',
    'access_denied',
    'auth_expired',
    'throttled',
    'unavailable',
    'cancelled',
    'failed',
    'internal',
  ]),
  /** Which of a code's causes it is, where a program does something of its own about it. */
  reason: z.enum(['changed_since', 'unconfirmed', 'logged_out', 'clock_skew', 'protected']).optional(),
  message: z.string(),
  /** One line for each of several things that the message counts. */
  details: z.array(z.string()).optional(),
  /** The next step for the person who reads it. */
  hint: z.string().optional(),
  /** Of `protected`: what is to be typed before this one is done, and where it would be done. */
  unlock: z
    .object({
      type: z.string(),
      /** Of the account; an account that the user's rules do not name is one of production. */
      accountClass: z.string(),
      target: z.string(),
      account: z.string(),
      region: z.string(),
      /** Which rule says so, as a sentence. */
      because: z.string(),
    })
    .optional(),
  retryable: z.boolean(),
})
export type AppError = z.infer<typeof AppErrorSchema>
export type Result<T> = { ok: true; value: T } | { ok: false; error: AppError }

/** Thrown inside services for failures that are expected; crosses every link as the data it carries. */
export class ExpectedError extends Error {
  readonly error: AppError
  constructor(error: AppError, options?: ErrorOptions) {
    super(error.message, options)
    this.name = 'ExpectedError'
    this.error = error
  }
}

export interface CallContext {
  signal: AbortSignal
  /** The ticket that unlocks this one run of it, where somebody typed its name. */
  unlock?: string | undefined
}

export type ServiceOf<C extends Contract> = {
  [K in keyof C]: C[K]['kind'] extends 'call'
    ? (input: z.output<C[K]['input']>, context: CallContext) => Promise<z.input<C[K]['output']>>
    : (input: z.output<C[K]['input']>, context: CallContext) => AsyncIterable<z.input<C[K]['output']>>
}

export type ClientOf<C extends Contract> = {
  [K in keyof C]: C[K]['kind'] extends 'call'
    ? (
        input: z.input<C[K]['input']>,
        signal?: AbortSignal,
        unlock?: string,
      ) => Promise<Result<z.output<C[K]['output']>>>
    : (
        input: z.input<C[K]['input']>,
        signal?: AbortSignal,
        unlock?: string,
      ) => AsyncIterable<Result<z.output<C[K]['output']>>>
}

/**
 * Page to core. `ack` says how many items of a stream were taken, so that the producer never runs ahead of the reader.
 */
export type UpFrame =
  | { t: 'start'; id: number; op: string; input: unknown; unlock?: string | undefined }
  | { t: 'ack'; id: number }
  | { t: 'cancel'; id: number }
/** Core to page. */
export type DownFrame =
  | { t: 'item'; id: number; value: unknown }
  | { t: 'end'; id: number }
  | { t: 'fail'; id: number; error: AppError }

/** A way for frames: in memory, a MessagePort, a WebSocket. */
export interface Link<Out, In> {
  /**
   * Nothing happens on a link that is closed.
   * @throws when this frame cannot be carried: too large (ExpectedError), or not to be written down. The link goes on
   */
  send(frame: Out): void
  onFrame(listener: (frame: In) => void): void
  onClose(listener: () => void): void
  close(): void
}
