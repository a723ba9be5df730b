import { once } from 'node:events'
import type { Socket } from 'node:net'
import { dial } from '../fixture/web/raw-socket.ts'
import { OPCODES, rawFrame, upgraded } from '../fixture/web/web-socket-frames.ts'
import type { Draw } from './draw.ts'
import { inputOf, OPERATIONS } from './inputs.ts'
import type { Talk } from './page-traffic.ts'
import type { WebHost } from './web-host.ts'

/** How long a host may take to close what it does not take. */
const CLOSES_WITHIN_MS = 20_000

/**
 * Frames that break RFC 6455 in some way, or are good and come in pieces; ended by a close, a reset, or by waiting for
 * the other side.
 */
export async function rawFrames(draw: Draw, host: WebHost, count: number): Promise<Talk> {
  const { socket, status } = await upgraded(host.host, host.headers)
  if (!status.includes('101')) return { sent: 0, problems: [`a good upgrade was answered ${status}`] }
  socket.resume()
  let sent = 0
  for (; sent < count && socket.writable; sent++) socket.write(oddFrame(draw))
  const way = draw.below(3)
  if (way === 0) socket.resetAndDestroy()
  else if (way === 1) socket.destroy()
  else {
    socket.end()
    return { sent, problems: await closed(socket, 'a socket that had its end') }
  }
  return { sent, problems: [] }
}

function oddFrame(draw: Draw): Buffer {
  const { op, schema } = draw.pick(OPERATIONS)
  const text = JSON.stringify({ t: 'start', id: draw.below(50), op, input: inputOf(draw, schema) })
  const payload = draw.chance(0.6) ? Buffer.from(text) : draw.bytes(draw.below(200))
  // Some bits of a good text.
  if (draw.chance(0.5) && payload.length > 0)
    for (let flips = draw.below(4); flips > 0; flips--) payload[draw.below(payload.length)] = draw.below(256)
  const bytes = rawFrame({
    opcode: draw.chance(0.6) ? OPCODES.text : draw.below(16),
    payload,
    fin: draw.chance(0.8),
    reserved: draw.chance(0.9) ? 0 : draw.below(8),
    masked: draw.chance(0.9),
    ...(draw.chance(0.2) && {
      length: draw.pick([0, 125, 126, 65_535, 65_536, 2 ** 20, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]),
    }),
  })
  return draw.chance(0.9) ? bytes : bytes.subarray(0, draw.below(bytes.length + 1))
}

/** Upgrades and requests that are refused, many of whose clients do not wait for why. */
export async function refusedRequests(draw: Draw, host: WebHost, count: number): Promise<Talk> {
  for (let sent = 1; sent <= count; sent++) {
    const socket = await dial(host.host)
    socket.removeAllListeners('error').on('error', () => socket.destroy())
    socket.resume()
    const bytes = oddRequest(draw, host)
    socket.write(bytes.subarray(0, draw.chance(0.8) ? bytes.length : draw.below(bytes.length + 1)))
    const way = draw.below(3)
    if (way === 0) socket.resetAndDestroy()
    else if (way === 1) socket.destroy()
    else {
      socket.end()
      const problems = await closed(
        socket,
        `a refused request, ${JSON.stringify(bytes.toString('latin1')).slice(0, 300)},`,
      )
      if (problems.length > 0) return { sent, problems }
    }
  }
  return { sent: count, problems: [] }
}

function oddRequest(draw: Draw, { host, headers }: WebHost): Buffer {
  const target = draw.pick([
    '/link',
    '/',
    '*',
    '//x/',
    '/%',
    '/%ff',
    '/\\x',
    'http://x/',
    `http://${host}/link`,
    host,
    '/?token=x',
    '/assets/%00',
    '/..%2f..%2fx',
  ])
  const fields = {
    host: draw.pick([host, host, host, 'evil.example', '127.0.0.1:999999', '']),
    origin: draw.pick([headers.origin, headers.origin, 'http://evil.example', 'null']),
    cookie: draw.pick([headers.cookie, headers.cookie, 'x', `${headers.cookie}x`, ';;=;']),
    connection: draw.pick(['Upgrade', 'Upgrade', 'close', 'keep-alive, Upgrade']),
    upgrade: draw.pick(['websocket', 'websocket', 'h2c', '']),
    'sec-websocket-version': draw.pick(['13', '13', '8', 'x']),
    'sec-websocket-key': draw.pick(['AQIDBAUGBwgJCgsMDQ4PEA==', 'x', '']),
    'sec-websocket-extensions': draw.pick(['permessage-deflate', 'permessage-deflate; x=1', ';;', '"']),
    'sec-websocket-protocol': draw.pick(['a', 'a,a', ',', '']),
  }
  const lines = Object.entries(fields).filter(() => draw.chance(0.9))
  const text =
    `${draw.pick(['GET', 'GET', 'POST', 'CONNECT', 'TRACE', 'X'])} ${target} ` +
    `HTTP/${draw.pick(['1.1', '1.1', '1.0', '9'])}\r\n` +
    `${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  const bytes = Buffer.from(text, 'latin1')
  if (draw.chance(0.2))
    for (let flips = draw.below(5); flips > 0; flips--) bytes[draw.below(bytes.length)] = draw.below(256)
  return bytes
}

/** Waits for the other side's end. */
async function closed(socket: Socket, what: string): Promise<string[]> {
  if (socket.closed) return []
  const within = AbortSignal.timeout(CLOSES_WITHIN_MS)
  try {
    await once(socket, 'close', { signal: within })
    return []
  } catch (error) {
    if (!within.aborted) throw error
    socket.destroy()
    return [`${what} was not closed within ${CLOSES_WITHIN_MS / 1_000} s`]
  }
}
