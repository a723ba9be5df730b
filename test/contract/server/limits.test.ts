import http2 from 'node:http2'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBody } from '../../../electron/sandbox/server/body.ts'
import { listen } from '../../../electron/sandbox/server/listen.ts'

let listener: Awaited<ReturnType<typeof listen>>
const crashes: unknown[] = []
const LIMITS = { headersMs: 400, stalledMs: 400, idleMs: 400 }
const SLOW_MS = 1_500
let open: { destroy(): void }[]

beforeEach(async () => {
  open = []
  listener = await listen({
    port: 0,
    limits: LIMITS,
    onCrash: error => void crashes.push(error),
    async handle(request) {
      const body = await readBody(request, 1_000_000)
      // Work of the sandbox that takes longer than any client may.
      if (request.path === '/slow') await new Promise(resolve => setTimeout(resolve, SLOW_MS))
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: String(body.length) }
    },
  })
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

  it('of HTTP/2, the stream of which stalls, while the others of its session go on', async () => {
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
    }, 50)
    await new Promise(resolve => stalled.once('close', resolve))
    clearInterval(timer)
    expect(stalled.rstCode).not.toBe(0)
    going.end()
    let text = ''
    for await (const piece of going.setEncoding('utf8')) text += String(piece)
    expect(text).toBe(String(sent))
  })
})

describe('a connection goes on', () => {
  it('while its body comes, however slowly, and while the sandbox works', async () => {
    const { socket, text } = dial(`PUT /slow HTTP/1.1\r\n${HOST}Content-Length: 20\r\n\r\n`)
    let sent = 0
    // Twenty pieces take far longer than all the limits.
    const timer = setInterval(() => {
      if (sent++ < 20) socket.write('x')
    }, 100)
    await expect.poll(text, { timeout: 20_000 }).toMatch(/200 OK[\s\S]*\r\n20$/)
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
