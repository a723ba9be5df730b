import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { TOKEN_LIFE_MS } from '../../../electron/hosts/web/access.ts'
import { serveWeb, type WebServer } from '../../../electron/hosts/web/serve-web.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'
import { exchange } from '../../fixture/web/raw-socket.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let server: WebServer
let nowMs: number
let links: number
let used: number
let host: string

beforeEach(async () => {
  folder = await temporaryFolder()
  await mkdir(join(folder.path, 'assets'))
  await writeFile(join(folder.path, 'index.html'), 'the page')
  nowMs = 0
  links = 0
  used = 0
  server = await serveWeb({
    folder: folder.path,
    port: 0,
    howToGetIn: 'For a new address press the bell.',
    log: () => undefined,
    onLink: () => links++,
    onTokenUsed: () => used++,
    nowMs: () => nowMs,
  })
  ;({ host } = new URL(server.url))
})
afterEach(async () => {
  await server.close()
  await folder.remove()
})

/** One request with exactly these headers: fetch would not let Host be set. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const [hostname, port] = host.split(':')
    const sent = request({ hostname, port, path, method, headers: { host, ...headers } }, reply => {
      let text = ''
      reply.on('data', piece => {
        text += piece
      })
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text }))
    })
    sent.on('error', reject).end()
  })

const tokenOf = (url: string): string => new URL(url).searchParams.get('token') ?? ''

/** Opens an address as a browser does; the cookie that it got. */
async function letIn(url = server.url): Promise<string> {
  const reply = await ask(new URL(url).search.replace(/^/, '/'))
  const [cookie = ''] = (reply.headers['set-cookie'] as string[] | undefined) ?? []
  return cookie.split(';')[0] ?? ''
}

const connects = (headers: Record<string, string>, path = '/link') =>
  new Promise<string>(resolve => {
    const socket = new WebSocket(`ws://${host}${path}`, { headers })
    socket.on('open', () => {
      socket.close()
      resolve('open')
    })
    socket.on('error', error => resolve(error.message))
  })

describe('the token of the web host', () => {
  it('lets one browser in, once, and leaves the address bar for an address that is always the same', async () => {
    expect((await ask('/')).status).toBe(403)
    expect((await ask('/?token=')).status).toBe(403)
    expect((await ask(`/?token=${tokenOf(server.url).slice(1)}x`)).status).toBe(403)
    const first = await ask(`/?token=${tokenOf(server.url)}`)
    expect(first).toMatchObject({ status: 303, headers: { location: '/', 'cache-control': 'no-store' } })
    expect(used).toBe(1)
    const second = await ask(`/?token=${tokenOf(server.url)}`)
    expect(second.status).toBe(403)
    expect(second.headers).not.toHaveProperty('set-cookie')
    expect(second.text).toMatch(/used already.*For a new address press the bell/s)
  })

  it('becomes a cookie of a value of its own, which no script and no other site has', async () => {
    const reply = await ask(`/?token=${tokenOf(server.url)}`)
    const [cookie = ''] = reply.headers['set-cookie'] as string[]
    expect(cookie).toMatch(/^sluice-\d+=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/$/)
    expect(cookie).not.toContain(tokenOf(server.url))
    const own = cookie.split(';')[0] ?? ''
    expect(await ask('/', { cookie: own })).toMatchObject({ status: 200, text: 'the page' })
    for (const other of [
      `${own}x`,
      own.slice(0, -1),
      own.replace(/=.*/, `=${tokenOf(server.url)}`),
      own.replace('sluice', 'other'),
    ])
      expect((await ask('/', { cookie: other })).status, other).toBe(403)
  })

  it('that a browser opens again which is in already is not spent', async () => {
    const cookie = await letIn()
    const again = server.newUrl()
    expect(await ask(`/?token=${tokenOf(again)}`, { cookie })).toMatchObject({
      status: 303,
      headers: { location: '/' },
    })
    expect(await letIn(again)).toMatch(/^sluice-/)
  })

  it('expires when nobody uses it', async () => {
    nowMs += TOKEN_LIFE_MS + 1
    const late = await ask(`/?token=${tokenOf(server.url)}`)
    expect(late.status).toBe(403)
    expect(late.text).toMatch(/has expired.*press the bell/s)
    const fresh = server.newUrl()
    nowMs += TOKEN_LIFE_MS
    expect((await ask(`/?token=${tokenOf(fresh)}`)).status).toBe(303)
  })

  it('is made again for another browser, and the one before is worth nothing then', async () => {
    const first = await letIn()
    const stale = server.newUrl()
    const newest = server.newUrl()
    expect((await ask(`/?token=${tokenOf(stale)}`)).status).toBe(403)
    const second = await letIn(newest)
    expect(second).not.toBe(first)
    for (const cookie of [first, second]) expect((await ask('/', { cookie })).status).toBe(200)
  })

  it('is not spent by a HEAD request', async () => {
    expect((await ask(`/?token=${tokenOf(server.url)}`, {}, 'HEAD')).status).toBe(403)
    expect((await ask(`/?token=${tokenOf(server.url)}`)).status).toBe(303)
  })

  it('that came from a file or another site is answered by a page of this origin, with the cookie', async () => {
    const reply = await ask(`/?token=${tokenOf(server.url)}`, { 'sec-fetch-site': 'cross-site' })
    expect(reply).toMatchObject({ status: 200, text: expect.stringContaining('content="0;url=/"') })
    expect(reply.headers).not.toHaveProperty('location')
  })

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/%2f/evil.example',
    '/%5cevil.example',
    '/%252f%252fevil.example',
    '/assets/../..',
  ])('in a path that could mean another site leads nowhere else: %s', async path => {
    const reply = await ask(`${path}?token=${tokenOf(server.url)}`)
    expect([303, 400]).toContain(reply.status)
    expect(reply.headers.location ?? '/').toBe('/')
    expect(JSON.stringify(reply.headers)).not.toContain('evil')
  })
})

describe('the web host', () => {
  it('answers to names of loopback alone, though the address is the same', async () => {
    const cookie = await letIn()
    const port = host.split(':')[1]
    for (const name of [
      'evil.example',
      'localhost.evil.example',
      `evil.example:${port}`,
      '127.0.0.1.nip.io',
      '127.0.0.1:123456',
    ])
      expect((await ask('/', { cookie, host: name })).status, name).toBe(403)
    expect((await ask('/', { cookie, host: `localhost:${port}` })).status).toBe(200)
  })

  it('does nothing but give files', async () => {
    const cookie = await letIn()
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])
      expect((await ask('/', { cookie }, method)).status, method).toBe(405)
    expect(await ask('/', { cookie }, 'HEAD')).toMatchObject({ status: 200, text: '' })
  })

  it('opens a socket only for its own page, with the cookie, at one path, under a name of loopback', async () => {
    const cookie = await letIn()
    const origin = `http://${host}`
    expect(await connects({ origin, cookie })).toBe('open')
    expect(links).toBe(1)
    expect(await connects({ origin })).toContain('403')
    expect(await connects({ origin, cookie: 'sluice=x' })).toContain('403')
    expect(await connects({ cookie })).toContain('403')
    expect(await connects({ origin: 'http://evil.example', cookie })).toContain('403')
    expect(await connects({ origin: `https://${host}`, cookie })).toContain('403')
    expect(await connects({ origin: 'http://evil.example', host: 'evil.example', cookie })).toContain('403')
    expect(await connects({ origin, cookie }, '/other')).toContain('404')
    expect(links).toBe(1)
  })

  it('opens no more sockets than it can serve, and again when one is closed', async () => {
    const cookie = await letIn()
    const headers = { origin: `http://${host}`, cookie }
    const open = await Promise.all(
      Array.from(
        { length: 64 },
        () =>
          new Promise<WebSocket>((resolve, reject) => {
            const socket = new WebSocket(`ws://${host}/link`, { headers })
            socket.on('open', () => resolve(socket)).on('error', reject)
          }),
      ),
    )
    expect(await connects(headers)).toContain('503')
    open[0]?.terminate()
    await expect.poll(() => connects(headers)).toBe('open')
    for (const socket of open) socket.terminate()
  })

  it.each([
    ['an absolute address of this host', (at: string) => `GET http://${at}/ HTTP/1.1`, 200],
    ['an absolute address of another host', () => 'GET http://evil.example/ HTTP/1.1', 400],
    ['an authority', (at: string) => `GET ${at} HTTP/1.1`, 400],
    ['an asterisk', () => 'GET * HTTP/1.1', 400],
    ['two slashes', () => 'GET //evil.example/ HTTP/1.1', 400],
    ['a backslash', () => 'GET /\\evil.example/ HTTP/1.1', 400],
    ['an encoded slash behind the first', () => 'GET /%2fevil.example HTTP/1.1', 400],
    ['an encoded backslash', () => 'GET /%5cevil.example HTTP/1.1', 400],
    ['percent-encoding that is none', () => 'GET /%zz HTTP/1.1', 400],
    ['percent-encoding of no text', () => 'GET /%ff HTTP/1.1', 400],
    ['an encoded zero', () => 'GET /assets/%00.js HTTP/1.1', 400],
    ['a name that no file system takes', () => `GET /${'a'.repeat(5_000)}.js HTTP/1.1`, 404],
  ])('a request for %s has an answer, and it is no failure', async (_, line, status) => {
    const cookie = await letIn()
    const answer = await exchange(
      host,
      `${line(host)}\r\nHost: ${host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
    )
    expect(answer.split('\r\n')[0]).toContain(` ${status} `)
  })

  it.each([
    ['headers of 20 kB', (at: string) => `GET / HTTP/1.1\r\nHost: ${at}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['what is not HTTP', () => 'hello\r\n\r\n', 400],
    ['a line break in a header', (at: string) => `GET / HTTP/1.1\r\nHost: ${at}\r\n X\u0000: y\r\n\r\n`, 400],
  ])('%s ends its own connection, with a status', async (_, text, status) => {
    expect((await exchange(host, text(host))).split('\r\n')[0]).toContain(` ${status} `)
    expect((await ask('/')).status).toBe(403)
  })
})
