import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connect } from '../../../shared/rpc/connect.ts'
import {
  type AppError,
  call,
  type DownFrame,
  ExpectedError,
  type Link,
  stream,
  type UpFrame,
} from '../../../shared/rpc/contract.ts'
import { checkDownFrame, downFrameBytes, upFrameText } from '../../../shared/rpc/frame-text.ts'
import { MAX_DOWN_FRAME_BYTES, MAX_OPERATIONS, MAX_UP_FRAME_BYTES } from '../../../shared/rpc/limits.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { parseUpFrame } from '../../../shared/rpc/up-frame.ts'

const contract = {
  echo: call(z.object({ text: z.string() }), z.unknown()),
  answer: call(z.object({}), z.unknown()),
  wait: call(z.object({}), z.number()),
  gauge: stream(z.object({ to: z.int() }), z.unknown()),
  log: stream(z.object({ to: z.int() }), z.number(), { overflow: 'wait' }),
}
const toAppError = (error: unknown): AppError =>
  error instanceof ExpectedError ? error.error : { code: 'internal', message: String(error), retryable: false }

/** Core's end of a link whose frames a test writes and reads; `carry` may refuse a frame as a real link would. */
function open(service: Record<string, unknown>, carry: (frame: DownFrame) => void = () => undefined) {
  const sent: DownFrame[] = []
  const listeners: ((frame: UpFrame) => void)[] = []
  const closers: (() => void)[] = []
  let closed = false
  const link: Link<DownFrame, UpFrame> = {
    send(frame) {
      carry(frame)
      sent.push(frame)
    },
    onFrame: listener => void listeners.push(listener),
    onClose: listener => void closers.push(listener),
    close() {
      closed = true
      for (const closer of closers) closer()
    },
  }
  serve({ it: { contract, service } }, link, toAppError)
  return {
    sent,
    isClosed: () => closed,
    of: (id: number) => sent.filter(frame => frame.id === id),
    say(frame: UpFrame) {
      for (const listener of listeners) listener(frame)
    },
  }
}
const turns = async () => {
  for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
}
const start = (id: number, op: string, input: unknown = {}): UpFrame => ({ t: 'start', id, op: `it.${op}`, input })
const forever = (_: unknown, { signal }: { signal: AbortSignal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

describe('what is too much for a link', () => {
  it('an input is refused on its own call, in words, before it is sent; the others go on', async () => {
    const frames: UpFrame[] = []
    let answerTo: (frame: DownFrame) => void = () => undefined
    const { echo } = connect({
      send(frame) {
        upFrameText(frame)
        frames.push(frame)
        queueMicrotask(() => answerTo({ t: 'end', id: frame.id }))
      },
      onFrame: listener => {
        answerTo = listener
      },
      onClose: () => undefined,
      close: () => undefined,
    }).client('it', contract)
    const tooLong = await echo({ text: 'x'.repeat(MAX_UP_FRAME_BYTES) })
    expect(tooLong).toMatchObject({
      ok: false,
      error: { code: 'invalid_input', message: expect.stringContaining('1 MiB at most') },
    })
    // Bytes count, not characters.
    expect(await echo({ text: '€'.repeat(MAX_UP_FRAME_BYTES / 3) })).toMatchObject({ ok: false })
    expect(await echo({ text: 1n as never })).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
    expect(await echo({ text: 'x' })).toMatchObject({ ok: true })
    expect(frames).toHaveLength(1)
  })

  it('an answer is refused on its own call', () => {
    const half = 'x'.repeat(MAX_DOWN_FRAME_BYTES / 2)
    const frame: DownFrame = { t: 'item', id: 1, value: [half, half] }
    expect(() => downFrameBytes(frame)).toThrow(/^The answer is 256 MiB: more than/)
    expect(() => checkDownFrame(frame)).toThrow(/^The answer is larger than/)
    expect(() => downFrameBytes({ t: 'item', id: 1, value: [half] })).not.toThrow()
    expect(() => checkDownFrame({ t: 'item', id: 1, value: { a: [half], b: 1, c: null } })).not.toThrow()
    // Longer than any string can be.
    expect(() => downFrameBytes({ t: 'item', id: 1, value: [half, half, half, half] })).toThrow(
      /^The answer is larger than/,
    )
  })

  it(
    'an answer that the link does not take fails its own operation, of a call, a log and a gauge, and the link ' +
      'lives',
    async () => {
      const refuse = (frame: DownFrame) => {
        if (frame.t === 'item' && frame.value === 'too much') throw new Error('not taken')
      }
      async function* much({ to }: { to: number }, { signal }: { signal: AbortSignal }) {
        for (let at = 0; at < to; at++) yield at
        yield 'too much'
        await forever({}, { signal })
      }
      const core = open({ answer: async () => 'too much', gauge: much, echo: async () => 'fine' }, refuse)
      core.say(start(1, 'answer'))
      core.say(start(2, 'gauge', { to: 3 }))
      // Beyond the window, where the item is held back until the reader has room.
      core.say(start(3, 'gauge', { to: 40 }))
      await turns()
      for (let ack = 0; ack < 20; ack++) core.say({ t: 'ack', id: 3 })
      core.say(start(4, 'echo', { text: '' }))
      await turns()
      for (const id of [1, 2, 3])
        expect(core.of(id).at(-1), String(id)).toMatchObject({
          t: 'fail',
          error: { code: 'internal', message: 'Error: not taken' },
        })
      expect(core.of(4)).toMatchObject([{ t: 'item', value: 'fine' }, { t: 'end' }])
      expect(core.isClosed()).toBe(false)
    },
  )

  it('a link that takes no failure either is closed', async () => {
    const core = open({ answer: async () => 1 }, () => {
      throw new Error('broken')
    })
    core.say(start(1, 'answer'))
    await turns()
    expect(core.isClosed()).toBe(true)
  })

  it('more operations at a time than a page needs are refused, and taken again when some have ended', async () => {
    const core = open({ wait: forever, echo: async () => 'fine' })
    for (let id = 1; id <= MAX_OPERATIONS; id++) core.say(start(id, 'wait'))
    core.say(start(1_000, 'echo', { text: '' }))
    await turns()
    expect(core.sent).toMatchObject([{ t: 'fail', id: 1_000, error: { code: 'throttled', retryable: true } }])
    core.say({ t: 'cancel', id: 1 })
    await turns()
    core.say(start(1_001, 'echo', { text: '' }))
    await turns()
    expect(core.of(1_001)).toMatchObject([{ t: 'item' }, { t: 'end' }])
  })

  it('a second operation under an id is refused, and the first goes on and can be cancelled', async () => {
    let aborted = 0
    const wait = (input: unknown, context: { signal: AbortSignal }) => {
      context.signal.addEventListener('abort', () => aborted++)
      return forever(input, context)
    }
    const core = open({ wait })
    core.say(start(7, 'wait'))
    core.say(start(7, 'wait'))
    await turns()
    expect(core.sent).toMatchObject([{ t: 'fail', id: 7, error: { code: 'invalid_input' } }])
    core.say({ t: 'cancel', id: 7 })
    await turns()
    expect(core.sent).toHaveLength(2)
    expect(core.sent[1]).toMatchObject({ t: 'fail', error: { code: 'cancelled' } })
    expect(aborted).toBe(1)
  })

  it('acknowledgements of what was never sent let no stream run ahead', async () => {
    async function* log({ to }: { to: number }) {
      for (let at = 0; at < to; at++) yield at
    }
    const core = open({ log })
    core.say({ t: 'ack', id: 1 })
    core.say({ t: 'cancel', id: 99 })
    core.say(start(1, 'log', { to: 100 }))
    for (let ack = 0; ack < 1_000; ack++) core.say({ t: 'ack', id: 1 })
    await turns()
    expect(core.sent).toHaveLength(16)
  })

  it('what is said of an input is shorter than the input', async () => {
    const core = open({ echo: async () => 1 })
    core.say(
      start(1, 'echo', {
        text: 1,
        ...Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`member${at}`, at])),
      }),
    )
    const strict = { strict: call(z.strictObject({}), z.number()) }
    const sent: DownFrame[] = []
    serve(
      { it: { contract: strict, service: { strict: async () => 1 } } },
      {
        send: frame => void sent.push(frame),
        onFrame: listener =>
          listener(start(2, 'strict', Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`m${at}`, at])))),
        onClose: () => undefined,
        close: () => undefined,
      },
      toAppError,
    )
    await turns()
    for (const frame of [...core.sent, ...sent]) expect(JSON.stringify(frame).length).toBeLessThan(3_000)
  })
})

describe('what is no frame', () => {
  it.each([
    null,
    1,
    'start',
    [],
    {},
    { t: 'start' },
    { t: 'start', id: 1.5, op: 'a.b', input: {} },
    { t: 'ack', id: 1, more: 1 },
    { t: 'item', id: 1 },
  ])('is not taken for one: %j', value => expect(parseUpFrame(value)).toBeUndefined())
})
