import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { dial } from './raw-socket.ts'

/*
 * WebSocket frames of RFC 6455 (5.2) written byte by byte, so that each of their parts can be wrong.
 */
export interface RawFrame {
  opcode: number
  payload: Buffer
  fin?: boolean
  /** The three reserved bits: RSV1 says that a message is compressed. */
  reserved?: number
  masked?: boolean
  /** What the header says of the length, where it is not the payload's. */
  length?: number | bigint
}

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export function rawFrame({
  opcode,
  payload,
  fin = true,
  reserved = 0,
  masked = true,
  length = payload.length,
}: RawFrame): Buffer {
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const mask = masked ? 0x80 : 0
  const mask4 = masked ? Buffer.from([1, 2, 3, 4]) : Buffer.alloc(0)
  const body = masked ? payload.map((byte, at) => byte ^ (mask4[at % 4] ?? 0)) : payload
  return Buffer.concat([Buffer.from([first]), lengthField(BigInt(length), mask), mask4, body])
}

function lengthField(length: bigint, mask: number): Buffer {
  if (length < 126n) return Buffer.from([mask | Number(length)])
  const field = Buffer.alloc(length < 65_536n ? 3 : 9)
  field[0] = mask | (length < 65_536n ? 126 : 127)
  if (length < 65_536n) field.writeUInt16BE(Number(length), 1)
  else field.writeBigUInt64BE(BigInt.asUintN(64, length), 1)
  return field
}

export const textFrame = (value: unknown): Buffer =>
  rawFrame({ opcode: OPCODES.text, payload: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) })

/** A connection that was made a WebSocket by hand; what was answered to that is its first line. */
export async function upgraded(
  host: string,
  headers: Record<string, string>,
  path = '/link',
): Promise<{ socket: Socket; status: string }> {
  const socket = await dial(host)
  const lines = Object.entries({
    host,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`)
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  const status = await new Promise<string>((resolve, reject) => {
    socket.once('data', (answer: Buffer) => resolve(answer.toString('latin1').split('\r\n')[0] ?? ''))
    socket.once('error', reject).once('close', () => resolve('closed'))
  })
  // From now on a reset is what many of these connections end by.
  socket.removeAllListeners('error').on('error', () => socket.destroy())
  return { socket, status }
}
