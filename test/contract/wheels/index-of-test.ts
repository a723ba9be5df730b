import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Wheel } from '../../../shared/job/wheel-lock.ts'

/** A file that an index has, as a wheel of the lock names it. */
export const wheelOf = (name: string, content: Buffer): Wheel => ({
  name,
  version: '1.0',
  file: `${name.replaceAll('-', '_')}-1.0-py3-none-any.whl`,
  sha256: createHash('sha256').update(content).digest('hex'),
  sizeBytes: content.length,
  suits: [],
})

interface Options {
  /** In which form it lists files. */
  form?: 'json' | 'html'
  /** Of each answer with content so many bytes are sent; then it waits, and breaks once all of them have arrived. */
  breaksAfter?: number
  /** Whether it knows Range. */
  ranges?: boolean
  /** Whose names and passwords may ask. */
  secret?: string
}

/** A package index of the Simple API on loopback, that writes down what it is asked for. */
export async function openIndex(files: ReadonlyMap<string, Buffer>, options: Options = {}) {
  let held: { at: number; break: () => void } | undefined
  const asked: { path: string; range: string | undefined }[] = []
  const settings = { form: 'json', ranges: true, ...options }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://index').pathname
    const { range, authorization } = request.headers
    asked.push({ path, range })
    if (settings.secret && authorization !== `Basic ${Buffer.from(settings.secret).toString('base64')}`)
      return response.writeHead(401).end()
    const file = path.split('/').at(-1) ?? ''
    if (path.startsWith('/simple/')) {
      const listed = [...files].map(([filename, { length }]) => ({
        filename,
        url: `../../files/${filename}`,
        size: length,
      }))
      if (settings.form === 'html')
        return response
          .writeHead(200, { 'content-type': 'text/html' })
          .end(listed.map(({ filename, url }) => `<a class="f" href="${url}">${filename}</a><br>`).join('\n'))
      return response
        .writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' })
        .end(JSON.stringify({ files: listed }))
    }
    const content = files.get(file)
    if (!content) return response.writeHead(404).end()
    const from = settings.ranges && range ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0
    const rest = content.subarray(from)
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length })
    const { breaksAfter } = settings
    if (breaksAfter === undefined || rest.length <= breaksAfter) return response.end(rest)
    held = { at: from + breaksAfter, break: () => response.socket?.destroy() }
    return response.write(rest.subarray(0, breaksAfter))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}/simple`,
    asked,
    settings,
    /** So many bytes have arrived. */
    arrived(bytes: number): void {
      if (!held || bytes < held.at) return
      const { break: breaks } = held
      held = undefined
      breaks()
    },
    close: () => new Promise(resolve => server.close(resolve).closeAllConnections()),
  }
}
