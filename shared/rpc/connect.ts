import {
  type AppError,
  type ClientOf,
  type Contract,
  type DownFrame,
  ExpectedError,
  type Link,
  type Operation,
  type Result,
  type UpFrame,
} from './contract.ts'

interface Waiting {
  onItem(value: unknown): void
  onDone(error?: AppError): void
}

/** An operation by its name and what it takes. */
interface Asked {
  op: string
  operation: Operation
  unlock?: string | undefined
}

/** Makes typed clients over one link; each operation of a contract becomes a function of the same name. */
export interface Connection {
  client<C extends Contract>(name: string, contract: C): ClientOf<C>
  close(): void
}

const LINK_CLOSED: AppError = {
  code: 'unavailable',
  message: 'The connection to the core was closed.',
  hint: 'Wait for it to come back, then try again.',
  retryable: true,
}

/** An operation that was refused because its target is protected. */
export interface Refused {
  op: string
  input: unknown
  error: AppError
}

export interface ConnectOptions {
  /**
   * Asks somebody to type the name of what was refused, and gives the ticket that unlocks it once; undefined where it
   * stays refused. What was unlocked is then asked for again.
   */
  unlock?: (refused: Refused, signal?: AbortSignal) => Promise<string | undefined>
}

/** The asking side of a link. Closing the link fails what is under way with `unavailable`. */
export function connect(link: Link<UpFrame, DownFrame>, { unlock }: ConnectOptions = {}): Connection {
  const waiting = new Map<number, Waiting>()
  let nextId = 1
  let closed = false

  link.onFrame(frame => {
    const entry = waiting.get(frame.id)
    if (!entry) return
    if (frame.t === 'item') return entry.onItem(frame.value)
    entry.onDone(frame.t === 'fail' ? frame.error : undefined)
  })
  link.onClose(() => {
    closed = true
    for (const entry of [...waiting.values()]) entry.onDone(LINK_CLOSED)
  })

  /** Begins an operation. Its signal, which may live much longer than it, is let go at its end. */
  function start({ op, operation, unlock }: Asked, input: unknown, entry: Waiting, signal?: AbortSignal): Started {
    const id = nextId++
    const cancel = () => link.send({ t: 'cancel', id })
    const leave = () => {
      signal?.removeEventListener('abort', cancel)
      return waiting.delete(id)
    }
    if (closed) {
      entry.onDone(LINK_CLOSED)
      return { id, leave }
    }
    const onDone = (error?: AppError) => {
      leave()
      entry.onDone(error)
    }
    waiting.set(id, { onItem: entry.onItem, onDone })
    try {
      link.send({ t: 'start', id, op, input, ...(unlock !== undefined && { unlock }) })
    } catch (error) {
      onDone(notSent(operation, input, error))
      return { id, leave }
    }
    if (signal?.aborted) cancel()
    else signal?.addEventListener('abort', cancel, { once: true })
    return { id, leave }
  }

  const starting: Starting = {
    start,
    unlock,
    send: frame => {
      if (!closed) link.send(frame)
    },
  }
  return {
    client<C extends Contract>(name: string, contract: C): ClientOf<C> {
      const entries = Object.entries(contract).map(([method, operation]) => {
        const run = operation.kind === 'call' ? ask : follow
        return [
          method,
          (input: unknown, signal?: AbortSignal, ticket?: string) =>
            run(starting, { op: `${name}.${method}`, operation, unlock: ticket }, input, signal),
        ]
      })
      return Object.fromEntries(entries) as ClientOf<C>
    },
    close: () => link.close(),
  }
}

/** An operation that was begun. `leave` lets its signal go, and says whether it was still under way. */
interface Started {
  id: number
  leave: () => boolean
}

/** What operations need of a connection. */
interface Starting {
  start(asked: Asked, input: unknown, entry: Waiting, signal?: AbortSignal): Started
  /** Sends a frame about what was begun; nothing once the link is closed. */
  send(frame: UpFrame): void
  unlock: ConnectOptions['unlock']
}

/** What was refused, unlocked; undefined where it stays refused, for whatever reason. */
async function unlocked(
  { unlock }: Starting,
  asked: Asked,
  input: unknown,
  result: Result<unknown>,
  signal?: AbortSignal,
): Promise<Asked | undefined> {
  if (result.ok || result.error.reason !== 'protected' || !result.error.unlock || !unlock) return undefined
  // A ticket that was refused is not asked for again by itself.
  if (asked.unlock !== undefined) return undefined
  const ticket = await unlock({ op: asked.op, input, error: result.error }, signal)
  return ticket === undefined ? undefined : { ...asked, unlock: ticket }
}

async function ask(starting: Starting, asked: Asked, input: unknown, signal?: AbortSignal): Promise<Result<unknown>> {
  const result = await askOnce(starting, asked, input, signal)
  const again = await unlocked(starting, asked, input, result, signal)
  return again ? askOnce(starting, again, input, signal) : result
}

function askOnce(starting: Starting, asked: Asked, input: unknown, signal?: AbortSignal): Promise<Result<unknown>> {
  return new Promise(resolve => {
    let value: unknown
    const entry: Waiting = {
      onItem: item => (value = item),
      onDone: error => resolve(error ? { ok: false, error } : { ok: true, value }),
    }
    starting.start(asked, input, entry, signal)
  })
}

/** A stream that is refused at its beginning may be unlocked, and is then followed from its beginning. */
async function* follow(
  starting: Starting,
  asked: Asked,
  input: unknown,
  signal?: AbortSignal,
): AsyncGenerator<Result<unknown>> {
  let isFirst = true
  for await (const result of followOnce(starting, asked, input, signal)) {
    const again = isFirst ? await unlocked(starting, asked, input, result, signal) : undefined
    if (again) return yield* followOnce(starting, again, input, signal)
    isFirst = false
    yield result
  }
}

/** Acknowledges each item when the next one is asked for; a reader that leaves cancels the stream. */
async function* followOnce(
  { start, send }: Starting,
  asked: Asked,
  input: unknown,
  signal?: AbortSignal,
): AsyncGenerator<Result<unknown>> {
  const buffer: Result<unknown>[] = []
  let done = false
  let wake: () => void = () => undefined
  const put = (result?: Result<unknown>) => {
    if (result) buffer.push(result)
    wake()
  }
  const entry: Waiting = {
    onItem: value => put({ ok: true, value }),
    onDone: error => {
      done = true
      put(error && { ok: false, error })
    },
  }
  const { id, leave } = start(asked, input, entry, signal)
  try {
    while (true) {
      const next = buffer.shift()
      if (next) {
        yield next
        if (next.ok) send({ t: 'ack', id })
      } else if (done) return
      else await new Promise<void>(resolve => (wake = resolve))
    }
  } finally {
    if (leave()) send({ t: 'cancel', id })
  }
}

/** Why the link did not take an input: in the contract's words, where it says what is too long. */
function notSent(operation: Operation, input: unknown, error: unknown): AppError {
  const parsed = operation.input.safeParse(input)
  if (!parsed.success)
    return {
      code: 'invalid_input',
      message: parsed.error.issues.map(issue => issue.message).join(' '),
      hint: 'It was not sent: correct it and try again.',
      retryable: false,
    }
  if (error instanceof ExpectedError) return error.error
  return { code: 'invalid_input', message: `The input cannot be sent: ${String(error)}`, retryable: false }
}
