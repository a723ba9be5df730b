import { z } from 'zod'
import {
  type AppError,
  type CallContext,
  type Contract,
  type DownFrame,
  ExpectedError,
  type Link,
  type Operation,
  type UpFrame,
} from './contract.ts'
import { MAX_MESSAGE_CHARACTERS, MAX_OPERATIONS, tooManyOperations } from './limits.ts'

type Implementation = Record<string, (input: never, context: CallContext) => unknown>
/** Services by name, each with the contract that its inputs and outputs are checked against. */
export type Services = Record<string, { contract: Contract; service: object }>

interface Running {
  abort: AbortController
  /** Items sent and not yet acknowledged. */
  unacknowledged: number
  /** Why an item that was held back could not be sent. */
  failure?: { error: unknown }
  wake: () => void
}

/** How many items may be under way to the reader before the overflow rule of the stream applies. */
const WINDOW = 16

/**
 * Answers the frames of one link from `services`. Unknown operations and inputs that break the contract fail with
 * `not_found` and `invalid_input`; what `toAppError` makes of any other error is sent as it is. An answer that the link
 * does not take fails its own operation. Closing the link aborts everything that runs on it.
 */
export function serve(
  services: Services,
  link: Link<DownFrame, UpFrame>,
  toAppError: (error: unknown) => AppError,
): void {
  const running = new Map<number, Running>()

  async function run(frame: Extract<UpFrame, { t: 'start' }>, state: Running): Promise<void> {
    try {
      const { operation, method } = find(services, frame.op)
      const input = parsedBy(operation, frame.op, frame.input)
      const out = method(input as never, { signal: state.abort.signal, unlock: frame.unlock })
      if (operation.kind === 'call') link.send({ t: 'item', id: frame.id, value: operation.output.parse(await out) })
      else await pump(link, frame.id, operation, out as AsyncIterable<unknown>, state)
      link.send({ t: 'end', id: frame.id })
    } catch (error) {
      if (state.failure) fail(frame.id, toAppError(state.failure.error))
      else fail(frame.id, state.abort.signal.aborted ? cancelled(frame.op) : toAppError(error))
    } finally {
      running.delete(frame.id)
    }
  }

  /** A link that takes no failure either is of no use to anybody. */
  function fail(id: number, error: AppError): void {
    try {
      link.send({ t: 'fail', id, error })
    } catch {
      link.close()
    }
  }

  link.onFrame(frame => {
    const state = running.get(frame.id)
    if (frame.t === 'start') {
      // What runs under this id goes on; its reader cannot distinguish the two, and gets one error that it mixes them.
      if (state) return fail(frame.id, idInUse(frame))
      if (running.size >= MAX_OPERATIONS) return fail(frame.id, tooManyOperations(frame.op))
      const started: Running = { abort: new AbortController(), unacknowledged: 0, wake: () => undefined }
      running.set(frame.id, started)
      // What fails is answered; that it cannot be answered is a link that is gone.
      run(frame, started).catch(() => link.close())
    } else if (frame.t === 'cancel') state?.abort.abort()
    else if (state && state.unacknowledged > 0) {
      // More acknowledgements than items would let a stream run ahead of its reader.
      state.unacknowledged--
      state.wake()
    }
  })
  link.onClose(() => {
    for (const { abort } of running.values()) abort.abort()
  })
}

/**
 * Sends the items of a stream as its reader takes them.
 * @throws DOMException `AbortError` when it was cancelled, or an item could not be sent
 */
async function pump(
  link: Link<DownFrame, UpFrame>,
  id: number,
  operation: Extract<Operation, { kind: 'stream' }>,
  items: AsyncIterable<unknown>,
  state: Running,
): Promise<void> {
  const { signal } = state.abort
  const send = (value: unknown) => {
    link.send({ t: 'item', id, value: operation.output.parse(value) })
    state.unacknowledged++
  }
  const room = () =>
    new Promise<void>(resolve => {
      state.wake = resolve
      if (state.unacknowledged < WINDOW || signal.aborted) resolve()
    })
  let held: { value: unknown } | undefined
  let flushing: Promise<void> | undefined
  /**
   * Nobody waits for it while the service is asked for the next item: what it cannot send ends the stream from here.
   */
  const flushWhenRoom = async () => {
    await room()
    try {
      if (held && !signal.aborted) send(held.value)
    } catch (error) {
      state.failure = { error }
      state.abort.abort()
    }
    held = undefined
    flushing = undefined
  }
  signal.addEventListener('abort', () => state.wake(), { once: true })
  for await (const value of items) {
    if (signal.aborted) break
    if (state.unacknowledged < WINDOW && !held) send(value)
    else if (operation.overflow === 'wait') {
      await room()
      if (!signal.aborted) send(value)
    } else {
      held = { value }
      flushing ??= flushWhenRoom()
    }
  }
  await flushing
  if (signal.aborted) throw new DOMException('cancelled', 'AbortError')
}

/** The input of an operation as its contract takes it. @throws ExpectedError `not_found`, `invalid_input` */
export const parseInput = (services: Services, op: string, input: unknown): unknown =>
  parsedBy(find(services, op).operation, op, input)

function parsedBy(operation: Operation, op: string, input: unknown): unknown {
  const parsed = operation.input.safeParse(input)
  if (!parsed.success) throw invalidInput(op, parsed.error)
  return parsed.data
}

function find(services: Services, op: string) {
  const [name = '', method = ''] = op.split('.')
  const entry = Object.hasOwn(services, name) ? services[name] : undefined
  const operation = entry && Object.hasOwn(entry.contract, method) ? entry.contract[method] : undefined
  if (!entry || !operation)
    throw new ExpectedError({ code: 'not_found', message: `Unknown operation ${op}`, retryable: false })
  const implementation = (entry.service as Implementation)[method]
  if (!implementation) throw new Error(`Service ${name} declares ${method} but does not implement it`)
  return { operation, method: implementation.bind(entry.service) }
}

function invalidInput(op: string, error: z.ZodError): ExpectedError {
  const words = `${op} was asked with an input it does not take: ${z.prettifyError(error)}`
  return new ExpectedError({
    code: 'invalid_input',
    message: words.length > MAX_MESSAGE_CHARACTERS ? `${words.slice(0, MAX_MESSAGE_CHARACTERS)} …` : words,
    hint: 'Correct the named field and try again.',
    retryable: false,
  })
}

const idInUse = ({ id, op }: { id: number; op: string }): AppError => ({
  code: 'invalid_input',
  message: `${op} was not started: another operation runs under the id ${id} on this connection.`,
  hint: 'Give each operation an id of its own.',
  retryable: false,
})

const cancelled = (op: string): AppError => ({ code: 'cancelled', message: `${op} was cancelled`, retryable: true })
