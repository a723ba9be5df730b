import http2 from 'node:http2'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBody } from '../../../electron/sandbox/server/body.ts'
import { listen } from '../../../electron/sandbox/server/listen.ts'

let listener: Awaited<ReturnType<typeof listen>>
const crashes: unknown[] = []
const LIMITS = { headersMs: 400, stalledMs: 400, idleMs: 400 }
/** Of connections that must go on: a busy machine may hold up what is sent to them, and its timer, for a while. */
const LONG_LIMITS = { headersMs: 3_000, stalledMs: 3_000, idleMs: 3_000 }
const SLOW_MS = 4_000
const PIECE_MS = 100
/** With one a tenth of a second they take longer than any limit. */
const PIECES = 40
let open: { destroy(): void }[]

async function listenWithin(limits: typeof LIMITS): Promise<void> {
  listener = await listen({
    port: 0,
    limits,
    onCrash: error => void crashes.push(error),
    async handle(request) {
      const body = await readBody(request, 1_000_000)
      // Work of the sandbox that takes longer than any client may.
      if (request.path === '/slow') await new Promise(resolve => setTimeout(resolve, SLOW_MS))
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: String(body.length) }
    },
  })
}
beforeEach(() => {
  open = []
})
afterEach(async () => {
  for (const one of open) one.destroy()
  await listener.close()
  expect(crashes.splice(0)).toEqual([])
})

function dial(...pieces: string[]) {
  const socket: Socket = connect(listener.port, '127.0.0.1')
  open.push(socket)
  let text = ''
  socket.setEncoding('latin1').on('data', received => {
    text += String(received)
  })
  socket.on('error', () => undefined)
  for (const piece of pieces) socket.write(piece)
  const ended = new Promise<string>(resolve => socket.once('close', () => resolve(text)))
  return { socket, ended, text: () => text }
}
const HOST = 'Host: 127.0.0.1\r\n'
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const SETTINGS = '\0\0\0\x04\0\0\0\0\0'

describe('a connection is ended', () => {
  beforeEach(() => listenWithin(LIMITS))

  it.each([
    ['that sends nothing', []],
    ['that sends the first bytes of HTTP/2', ['PRI * HT']],
    ['that sends a line and no end of its headers', [`GET / HTTP/1.1\r\n${HOST}`]],
    [
      'that sends its request, and then the headers of another to no end',
      [`GET / HTTP/1.1\r\n${HOST}\r\n`, 'GET / HTTP/1.1\r\nx: '],
    ],
    ['that sends a part of its body', [`PUT / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\n12345`]],
    ['that sends a part of a chunk', [`PUT / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\n12`]],
    ['that waits between two requests for too long', [`GET / HTTP/1.1\r\n${HOST}\r\n`]],
    ['that sends the preface of HTTP/2 alone', [PREFACE]],
    ['that opens a session of HTTP/2 and no stream', [PREFACE + SETTINGS]],
    ['that sends a part of the headers of a stream', [`${PREFACE}${SETTINGS}\0\0\x20\x01\x04\0\0\0\x01\x82`]],
  ])('%s', async (_what, pieces) => {
    await dial(...pieces).ended
  })
})

it.each([
  ['nothing', ''],
  ['the first bytes of HTTP/2', 'PRI * HT'],
  ['a part of its headers', `GET / HTTP/1.1\r\n${HOST}`],
  ['a part of its body', `PUT / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\n12345`],
  ['the preface of HTTP/2', PREFACE],
])(
  'a client that sends %s and hangs up is let go at once',
  async (_what, text) => {
    listener = await listen({
      port: 0,
      handle: async request => ({ status: 200, headers: {}, body: await readBody(request, 100) }),
      onCrash: error => void crashes.push(error),
    })
    const { socket, ended } = dial()
    socket.end(text)
    await ended
  },
  10_000,
)

describe('a connection goes on', () => {
  beforeEach(() => listenWithin(LONG_LIMITS))

  it('over HTTP/2 when one of its streams stalls, which alone is ended', async () => {
    const session = http2.connect(`http://127.0.0.1:${listener.port}`)
    open.push(session)
    session.on('error', () => undefined)
    const stalled = session.request({ ':method': 'PUT', ':path': '/' })
    stalled.on('error', () => undefined)
    stalled.write('12345')
    const going = session.request({ ':method': 'PUT', ':path': '/' })
    let sent = 0
    const timer = setInterval(() => {
      going.write('x')
      sent++
    }, PIECE_MS)
    await new Promise(resolve => stalled.once('close', resolve))
    clearInterval(timer)
    expect(stalled.rstCode).not.toBe(0)
    going.end()
    let text = ''
    for await (const piece of going.setEncoding('utf8')) text += String(piece)
    expect(text).toBe(String(sent))
  })

  it('while its body comes, however slowly, and while the sandbox works', async () => {
    const { socket, text } = dial(`PUT /slow HTTP/1.1\r\n${HOST}Content-Length: ${PIECES}\r\n\r\n`)
    let sent = 0
    const timer = setInterval(() => {
      if (sent++ < PIECES) socket.write('x')
    }, PIECE_MS)
    await expect.poll(text).toMatch(/200 OK[\s\S]*\r\n40$/)
    clearInterval(timer)
  })

  it('over HTTP/2 while the sandbox works', async () => {
    const session = http2.connect(`http://127.0.0.1:${listener.port}`)
    open.push(session)
    const stream = session.request({ ':method': 'PUT', ':path': '/slow' })
    stream.end('12345')
    let text = ''
    for await (const piece of stream.setEncoding('utf8')) text += String(piece)
    expect(text).toBe('5')
  })
})
