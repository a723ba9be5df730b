import type { IncomingMessage } from 'node:http'

/** What a request asks for: a path of this host, as it was written (still percent-encoded), and what follows it. */
export interface RequestPath {
  path: string
  query: URLSearchParams
}

/** Names of loopback, with a port or without: behind any other name somebody else's page may ask. */
const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/

/** Whether the request came to this machine by one of its own names. */
export const isLoopbackHost = (host: string | undefined): boolean => LOOPBACK_HOST.test(host ?? '')

/**
 * The path of a request in any form that RFC 9112 (3.2) has for its target; undefined where it names no path here: an
 * authority, `*`, another host, a path that a browser would read as another host (`//host`, `/\host`), or
 * percent-encoding that is none.
 */
export function requestPath({ url = '', headers }: IncomingMessage): RequestPath | undefined {
  // A server must take the absolute form, too, if it names this server.
  const own = `http://${headers.host}`
  const target = url.toLowerCase().startsWith(`${own}/`.toLowerCase()) ? url.slice(own.length) : url
  const [path = '', query = ''] = splitAt(target, '?')
  if (!path.startsWith('/') || !isPath(path)) return undefined
  return { path, query: new URLSearchParams(query) }
}

/** Whether percent-encoding, slashes and characters are those of a path, however often it is decoded. */
function isPath(path: string): boolean {
  const decoded = decode(path)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no path of a file holds
  return decoded !== undefined && !/[\\\u0000-\u001f\u007f]/.test(decoded) && !/^\/[/\\]/.test(decoded)
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
