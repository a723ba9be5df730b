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

/** The asking side of a link. Closing the link fails what is under way with `unavailable`. */
export function connect(link: Link<UpFrame, DownFrame>): Connection {
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
  function start({ op, operation }: Asked, input: unknown, entry: Waiting, signal?: AbortSignal): Started {
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
      link.send({ t: 'start', id, op, input })
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
    send: frame => {
      if (!closed) link.send(frame)
    },
  }
  return {
    client<C extends Contract>(name: string, contract: C): ClientOf<C> {
      const entries = Object.entries(contract).map(([method, operation]) => {
        const asked = { op: `${name}.${method}`, operation }
        const run = operation.kind === 'call' ? ask : follow
        return [method, (input: unknown, signal?: AbortSignal) => run(starting, asked, input, signal)]
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
}

function ask(starting: Starting, asked: Asked, input: unknown, signal?: AbortSignal): Promise<Result<unknown>> {
  return new Promise(resolve => {
    let value: unknown
    const entry: Waiting = {
      onItem: item => (value = item),
      onDone: error => resolve(error ? { ok: false, error } : { ok: true, value }),
    }
    starting.start(asked, input, entry, signal)
  })
}

/** Acknowledges each item when the next one is asked for; a reader that leaves cancels the stream. */
async function* follow(
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
