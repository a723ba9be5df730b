import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connect } from '../../../shared/rpc/connect.ts'
import { type AppError, call, ExpectedError, type ServiceOf, stream } from '../../../shared/rpc/contract.ts'
import { memoryLink } from '../../../shared/rpc/memory-link.ts'
import { serve } from '../../../shared/rpc/serve.ts'

const contract = {
  double: call(z.object({ of: z.number() }), z.number()),
  wait: call(z.object({}), z.number()),
  lie: call(z.object({}), z.number()),
  count: stream(z.object({ to: z.int() }), z.number(), { overflow: 'wait' }),
  gauge: stream(z.object({ to: z.int() }), z.number()),
  tick: stream(z.object({}), z.number()),
}

const toAppError = (error: unknown): AppError =>
  error instanceof ExpectedError ? error.error : { code: 'internal', message: String(error), retryable: false }

function open() {
  const link = memoryLink()
  /** How often a service was cancelled. */
  const cancelled = { aborted: 0 }
  const untilAborted = (signal: AbortSignal) =>
    new Promise<number>((_, reject) =>
      signal.addEventListener('abort', () => {
        cancelled.aborted++
        reject(signal.reason)
      }),
    )
  const service: ServiceOf<typeof contract> = {
    double: async ({ of }) => 2 * of,
    wait: (_, { signal }) => untilAborted(signal),
    lie: async () => 'no number' as never,
    async *count({ to }) {
      for (let at = 1; at <= to; at++) yield at
    },
    async *gauge({ to }) {
      for (let at = 1; at <= to; at++) yield at
    },
    async *tick(_, { signal }) {
      yield 1
      await untilAborted(signal)
    },
  }
  serve({ numbers: { contract, service } }, link.core, toAppError)
  const connection = connect(link.page)
  return { link, connection, cancelled, numbers: connection.client('numbers', contract) }
}

let opened = open()
afterEach(() => {
  opened.connection.close()
  opened = open()
})

describe('a link between page and core', () => {
  it('a call is answered, and an input or an answer that breaks the contract is reported as such', async () => {
    expect(await opened.numbers.double({ of: 21 })).toEqual({ ok: true, value: 42 })
    expect(await opened.numbers.double({ of: 'x' as never })).toMatchObject({
      ok: false,
      error: { code: 'invalid_input' },
    })
    expect(await opened.numbers.lie({})).toMatchObject({ ok: false, error: { code: 'internal' } })
  })

  it('an operation that nobody offers is not found, also one that every object has', async () => {
    for (const method of ['unknown', 'constructor']) {
      const asking = connect(opened.link.page).client('numbers', { [method]: contract.wait })
      expect(await asking[method]?.({})).toMatchObject({ ok: false, error: { code: 'not_found' } })
    }
  })

  it('a cancelled call ends as cancelled, and its service is stopped', async () => {
    const abort = new AbortController()
    const asked = opened.numbers.wait({}, abort.signal)
    await opened.numbers.double({ of: 1 })
    abort.abort()
    expect(await asked).toMatchObject({ ok: false, error: { code: 'cancelled' } })
    expect(opened.cancelled.aborted).toBe(1)
  })

  it('a stream that its reader leaves is ended at the other side', async () => {
    for await (const item of opened.numbers.tick({})) {
      expect(item).toEqual({ ok: true, value: 1 })
      break
    }
    await opened.numbers.double({ of: 1 })
    expect(opened.cancelled.aborted).toBe(1)
  })

  it('a slow reader gets every item of a log, and of a gauge the newest', async () => {
    const read = async (items: AsyncIterable<{ ok: boolean; value?: number }>) => {
      const values: number[] = []
      for await (const item of items) {
        values.push(item.value ?? 0)
        await new Promise(resolve => setTimeout(resolve))
      }
      return values
    }
    expect(await read(opened.numbers.count({ to: 100 }) as never)).toEqual(
      Array.from({ length: 100 }, (_, at) => at + 1),
    )
    const gauge = await read(opened.numbers.gauge({ to: 100 }) as never)
    expect(gauge.length).toBeLessThan(100)
    expect(gauge.at(-1)).toBe(100)
  })

  it('a link that closes fails what is under way, and all that is asked later', async () => {
    const call = opened.numbers.wait({})
    const stream = opened.numbers.tick({})[Symbol.asyncIterator]()
    await stream.next()
    const next = stream.next()
    opened.connection.close()
    const closed = { ok: false, error: { code: 'unavailable', retryable: true } }
    expect(await call).toMatchObject(closed)
    expect((await next).value).toMatchObject(closed)
    expect(await opened.numbers.double({ of: 1 })).toMatchObject(closed)
    expect(opened.cancelled.aborted).toBe(2)
  })

  it('a signal that lives longer than what was asked with it keeps nothing of it', async () => {
    const { signal } = new AbortController()
    await opened.numbers.double({ of: 1 }, signal)
    await opened.numbers.lie({}, signal)
    for await (const _ of opened.numbers.count({ to: 3 }, signal));
    for await (const _ of opened.numbers.tick({}, signal)) break
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
