import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { AwsError } from '../../../electron/sandbox/server/aws-error.ts'
import { readBody } from '../../../electron/sandbox/server/body.ts'
import { plainRefusal, type SandboxRequest } from '../../../electron/sandbox/server/exchange.ts'
import { listen } from '../../../electron/sandbox/server/listen.ts'

const LIMIT_BYTES = 1_000
/** More than the buffers of both ends of a connection hold. */
const LONG_BYTES = 24 * 1024 * 1024

async function handle(request: SandboxRequest) {
  try {
    return plainRefusal(`${(await readBody(request, LIMIT_BYTES)).length} bytes`, 200)
  } catch (error) {
    if (error instanceof AwsError) return plainRefusal(error.message, error.status)
    throw error
  }
}

it('a body that is too long is answered while it comes, and its connection takes the next request', async () => {
  const crashes: unknown[] = []
  const listener = await listen({ port: 0, handle, onCrash: error => void crashes.push(error) })
  const head = (bytes: number, more = '') =>
    `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n${more}Content-Length: ${bytes}\r\n\r\n`
  const socket = connect(listener.port, '127.0.0.1')
  let text = ''
  const ended = new Promise<void>((resolve, reject) => {
    socket.once('close', () => resolve())
    socket.once('error', reject)
    socket.setEncoding('latin1').on('data', received => {
      const isFirst = text === ''
      text += String(received)
      if (isFirst) socket.write(`${'x'.repeat(LONG_BYTES)}${head(3, 'Connection: close\r\n')}abc`)
    })
  })
  socket.write(`${head(2 * LIMIT_BYTES + LONG_BYTES)}${'x'.repeat(2 * LIMIT_BYTES)}`)
  await ended
  await listener.close()
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(match => match[1])).toEqual(['413', '200'])
  expect(text).toContain('3 bytes')
  expect(crashes).toEqual([])
})
