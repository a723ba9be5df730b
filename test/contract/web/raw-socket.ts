import { connect, type Socket } from 'node:net'

/** Sends bytes as they are, and gives what came back until the other side closed. */
export async function exchange(host: string, bytes: string | Buffer): Promise<string> {
  const socket = await dial(host)
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    socket.on('error', reject).on('close', () => resolve(text))
    socket.write(bytes)
  })
}

/** A connection without any protocol on it. */
export function dial(host: string): Promise<Socket> {
  const [hostname = '', port = ''] = host.split(':')
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket))
    socket.once('error', reject)
  })
}
