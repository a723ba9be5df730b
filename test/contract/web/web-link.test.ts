import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { serveWeb, type WebServer } from '../../../electron/hosts/web/serve-web.ts'
import { type AppError, call, type DownFrame, ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import { MAX_UP_FRAME_BYTES } from '../../../shared/rpc/limits.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'
import { OPCODES, rawFrame, textFrame, upgraded } from '../../fixture/web/web-socket-frames.ts'

const contract = {
  echo: call(z.object({ text: z.string() }), z.string()),
  large: call(z.object({ megabytes: z.int() }), z.string()),
  unwritable: call(z.object({}), z.unknown()),
}
const service: ServiceOf<typeof contract> = {
  echo: async ({ text }) => text,
  large: async ({ megabytes }) => 'x'.repeat(megabytes * 1_000_000),
  unwritable: async () => ({ big: 1n }),
}
const toAppError = (error: unknown): AppError =>
  error instanceof ExpectedError ? error.error : { code: 'internal', message: String(error), retryable: false }

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let server: WebServer
let headers: { origin: string; cookie: string }
let host: string
let beside: WebSocket

beforeEach(async () => {
  folder = await temporaryFolder()
  await writeFile(join(folder.path, 'index.html'), 'the page')
  server = await serveWeb({
    folder: folder.path,
    port: 0,
    howToGetIn: '',
    log: () => undefined,
    onLink: link => serve({ it: { contract, service } }, link, toAppError),
  })
  ;({ host } = new URL(server.url))
  const reply = await fetch(server.url, { redirect: 'manual' })
  headers = { origin: `http://${host}`, cookie: reply.headers.get('set-cookie')?.split(';')[0] ?? '' }
  beside = await open()
})
afterEach(async () => {
  beside.terminate()
  await server.close()
  await folder.remove()
})

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${host}/link`, { headers, maxPayload: 2 ** 29 })
  await once(socket, 'open')
  return socket
}

let nextId = 1
/** Asks over a socket; the frames of the answer, to its end. */
function ask(socket: WebSocket, method: keyof typeof contract, input: object): Promise<DownFrame[]> {
  const id = nextId++
  return new Promise((resolve, reject) => {
    const frames: DownFrame[] = []
    const onMessage = (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as DownFrame
      if (frame.id !== id) return
      frames.push(frame)
      if (frame.t === 'item') return
      socket.off('message', onMessage)
      resolve(frames)
    }
    socket.on('message', onMessage).once('close', () => reject(new Error('closed')))
    socket.send(JSON.stringify({ t: 'start', id, op: `it.${method}`, input }))
  })
}
const works = async (socket: WebSocket) =>
  expect(await ask(socket, 'echo', { text: 'hello' })).toMatchObject([{ value: 'hello' }, { t: 'end' }])

const TEXT = Buffer.from('{"t":"ack","id":1}')
const BAD: [name: string, bytes: Buffer, closeCode: number | undefined][] = [
  ['text that is no JSON', textFrame('nonsense'), 1008],
  ['JSON that is no frame', textFrame({ t: 'start', id: 'x' }), 1008],
  ['JSON a hundred thousand deep', textFrame('['.repeat(100_000)), 1008],
  [
    'a frame whose input is two hundred thousand deep',
    textFrame(`{"t":"start","id":1,"op":"it.echo","input":${'['.repeat(200_000)}`),
    1008,
  ],
  ['binary data', rawFrame({ opcode: OPCODES.binary, payload: TEXT }), 1003],
  ['text that is no UTF-8', rawFrame({ opcode: OPCODES.text, payload: Buffer.from([0xff, 0xfe]) }), 1007],
  ['text that ends within a character', rawFrame({ opcode: OPCODES.text, payload: Buffer.from([0xe2, 0x82]) }), 1007],
  ['an opcode that there is not', rawFrame({ opcode: 3, payload: TEXT }), 1002],
  ['a frame that is not masked', rawFrame({ opcode: OPCODES.text, payload: TEXT, masked: false }), 1002],
  ['a frame that says it is compressed', rawFrame({ opcode: OPCODES.text, payload: TEXT, reserved: 4 }), 1002],
  ['a piece of nothing', rawFrame({ opcode: OPCODES.continuation, payload: TEXT }), 1002],
  [
    'a message within a message',
    Buffer.concat([rawFrame({ opcode: 1, payload: TEXT, fin: false }), textFrame('x')]),
    1002,
  ],
  ['a ping in pieces', rawFrame({ opcode: OPCODES.ping, payload: TEXT, fin: false }), 1002],
  ['a ping that is too long', rawFrame({ opcode: OPCODES.ping, payload: Buffer.alloc(126) }), 1002],
  ['a close without a whole code', rawFrame({ opcode: OPCODES.close, payload: Buffer.from([3]) }), 1002],
  ['a close with a code that there is not', rawFrame({ opcode: OPCODES.close, payload: Buffer.from([0, 1]) }), 1002],
  [
    'a frame over the limit',
    rawFrame({ opcode: OPCODES.text, payload: Buffer.alloc(MAX_UP_FRAME_BYTES + 1, 'x') }),
    1009,
  ],
  ['a frame that says it is endless', rawFrame({ opcode: OPCODES.text, payload: TEXT, length: 2n ** 63n }), 1009],
  [
    'pieces that are over the limit together',
    Buffer.concat(
      [1, 0].map(opcode =>
        rawFrame({ opcode, payload: Buffer.alloc(MAX_UP_FRAME_BYTES / 2 + 1, 'x'), fin: opcode === 0 }),
      ),
    ),
    1009,
  ],
  [
    'a thousand pieces of a byte',
    Buffer.concat(
      Array.from({ length: 1_100 }, (_, at) =>
        rawFrame({ opcode: at === 0 ? 1 : 0, payload: TEXT.subarray(0, 1), fin: false }),
      ),
    ),
    1008,
  ],
]

describe('on a socket of a page', () => {
  it.each(BAD)('%s ends that socket, with a code, and nothing else', async (_, bytes, code) => {
    const { socket, status } = await upgraded(host, headers)
    expect(status).toContain('101')
    const received: Buffer[] = []
    socket.on('data', (piece: Buffer) => received.push(piece))
    // Not `once` of node:events: a reset is an end, too.
    const closed = new Promise(resolve => socket.once('close', resolve))
    socket.write(bytes)
    await expect.poll(() => closeCode(Buffer.concat(received))).toBe(code)
    socket.destroy()
    await closed
    await works(beside)
  })

  it.each([
    ['within a frame', () => textFrame({ t: 'start', id: 1, op: 'it.echo', input: { text: 'x' } }).subarray(0, 20)],
    ['before anything', () => Buffer.alloc(0)],
    ['while an answer is sent to it', () => textFrame({ t: 'start', id: 1, op: 'it.large', input: { megabytes: 20 } })],
  ])('a reset %s ends that socket, and nothing else', async (_, bytes) => {
    const { socket } = await upgraded(host, headers)
    socket.write(bytes())
    await works(beside)
    socket.resetAndDestroy()
    await works(beside)
    await works(await open())
  })

  it('an upgrade that is refused, whose client resets, ends nothing', async () => {
    for (let round = 0; round < 20; round++) {
      const { socket, status } = await upgraded(host, { origin: 'http://evil.example', cookie: '' })
      expect(status).toContain('403')
      socket.resetAndDestroy()
    }
    await works(beside)
  })

  it.each([
    ['no key', { 'sec-websocket-key': '' }],
    ['a key that is none', { 'sec-websocket-key': 'x' }],
    ['another version', { 'sec-websocket-version': '7' }],
    ['another protocol', { upgrade: 'h2c' }],
    [
      'a compression that is not offered',
      { 'sec-websocket-extensions': 'permessage-deflate; server_max_window_bits=99' },
    ],
  ])('an upgrade with %s ends nothing', async (_, wrong) => {
    const { socket, status } = await upgraded(host, { ...headers, ...wrong })
    expect(status).toMatch(/ (101|400|405|426) |closed/)
    socket.resetAndDestroy()
    await works(beside)
  })

  it('an answer that JSON cannot write down fails its call, and the socket lives', async () => {
    expect(await ask(beside, 'unwritable', {})).toMatchObject([{ t: 'fail', error: { code: 'internal' } }])
    await works(beside)
  })

  it('who does not read loses the answers that are too much to be kept, and gets what else it asked for', async () => {
    const slow = await open()
    slow.pause()
    const answers = Array.from({ length: 8 }, () => ask(slow, 'large', { megabytes: 20 }))
    await works(beside)
    const last = ask(slow, 'echo', { text: 'hello' })
    slow.resume()
    const codes = (await Promise.all(answers)).map(frames => {
      const [first] = frames
      return first?.t === 'fail' ? first.error.code : 'answered'
    })
    expect(codes).toContain('answered')
    expect(codes).toContain('unavailable')
    expect((await last).at(-1)).toMatchObject({ t: expect.stringMatching(/end|fail/) })
    await works(slow)
    slow.terminate()
  })
})

/** The code of the close frame at the end of what came. */
function closeCode(bytes: Buffer): number | undefined {
  const at = bytes.lastIndexOf(0x88)
  return at < 0 || bytes.length < at + 4 ? undefined : bytes.readUInt16BE(at + 2)
}
