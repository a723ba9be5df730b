import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.map': 'application/json',
}

export interface PageFile {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** What stands in the built page where each answer has a nonce of its own. */
const NONCE_PLACE = '__SLUICE_NONCE__'

/**
 * A file of the built page. Whatever is not a file is answered by the page itself, so that a link into it can be
 * opened. Every answer carries the policy that the page lives under: nothing but its own files, one socket to where it
 * came from.
 */
export async function pageFile(folder: string, path: string): Promise<PageFile> {
  const nonce = randomBytes(16).toString('base64')
  const headers = {
    'content-security-policy': contentSecurityPolicy(nonce),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }
  const found = path === '/' ? undefined : await readBelow(folder, path)
  if (found) {
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    return {
      status: 200,
      headers: {
        ...headers,
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        'cache-control': cache,
      },
      body: found,
    }
  }
  if (extname(path) !== '')
    return { status: 404, headers: { ...headers, 'content-type': 'text/plain' }, body: Buffer.from('Not found') }
  const page = await readBelow(folder, '/index.html')
  if (!page) throw new Error(`The page is not built: there is no index.html in ${folder}. Run "npm run build".`)
  return {
    status: 200,
    headers: { ...headers, 'content-type': TYPES['.html'] ?? '', 'cache-control': 'no-store' },
    body: Buffer.from(page.toString('utf8').replaceAll(NONCE_PLACE, nonce)),
  }
}

/** The same policy in the browser and in the window: see docs/architecture.md. */
export const contentSecurityPolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `style-src-elem 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** What the system says of a name that no file of the page can have. */
const NO_FILE = new Set(['ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL', 'ERR_INVALID_ARG_VALUE', 'ELOOP'])

async function readBelow(folder: string, path: string): Promise<Buffer | undefined> {
  const name = decoded(path)
  if (name === undefined) return undefined
  const file = normalize(join(folder, name))
  if (!file.startsWith(folder + sep)) return undefined
  try {
    return await readFile(file)
  } catch (error) {
    if (NO_FILE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** What a percent-encoded path names; undefined where it is not well encoded. */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
