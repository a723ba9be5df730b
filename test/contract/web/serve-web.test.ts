import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { serveWeb, type WebServer } from '../../../electron/hosts/web/serve-web.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let server: WebServer
let links = 0
let host: string
let token: string
let cookie: string

beforeAll(async () => {
  folder = await temporaryFolder()
  await mkdir(join(folder.path, 'assets'))
  await writeFile(join(folder.path, 'index.html'), 'the page')
  server = await serveWeb({ folder: folder.path, port: 0, log: () => undefined, onLink: () => links++ })
  ;({ host } = new URL(server.url))
  token = new URL(server.url).searchParams.get('token') ?? ''
  cookie = `sluice=${token}`
})
afterAll(async () => {
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

const connects = (headers: Record<string, string>) =>
  new Promise<boolean>(resolve => {
    const socket = new WebSocket(`ws://${host}/link`, { headers })
    socket.on('open', () => {
      socket.close()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

describe('the web host', () => {
  it('answers only with the token, which becomes a cookie that no script and no other site has', async () => {
    expect((await ask('/')).status).toBe(403)
    expect((await ask('/?token=')).status).toBe(403)
    expect((await ask(`/?token=${token.slice(1)}x`)).status).toBe(403)
    const letIn = await ask(`/?token=${token}`)
    expect(letIn).toMatchObject({ status: 303, headers: { location: '/', 'cache-control': 'no-store' } })
    expect(letIn.headers['set-cookie']).toEqual([`${cookie}; HttpOnly; SameSite=Strict; Path=/`])
    expect(await ask('/', { cookie })).toMatchObject({ status: 200, text: 'the page' })
    expect((await ask('/', { cookie: `${cookie}x` })).status).toBe(403)
    expect((await ask('/', { cookie: `other=${token}` })).status).toBe(403)
  })

  it('answers to names of loopback alone, though the address is the same', async () => {
    for (const name of ['evil.example', 'localhost.evil.example', `evil.example:${host.split(':')[1]}`, '127.0.0.1.nip.io'])
      expect((await ask('/', { cookie, host: name })).status, name).toBe(403)
    expect((await ask('/', { cookie, host: `localhost:${host.split(':')[1]}` })).status).toBe(200)
  })

  it('does nothing but give files', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await ask('/', { cookie }, method)).status, method).toBe(405)
    expect(await ask('/', { cookie }, 'HEAD')).toMatchObject({ status: 200, text: '' })
  })

  it('opens a socket only for its own page, with the cookie, under a name of loopback', async () => {
    const origin = `http://${host}`
    expect(await connects({ origin, cookie })).toBe(true)
    expect(links).toBe(1)
    expect(await connects({ origin })).toBe(false)
    expect(await connects({ origin, cookie: 'sluice=x' })).toBe(false)
    expect(await connects({ cookie })).toBe(false)
    expect(await connects({ origin: 'http://evil.example', cookie })).toBe(false)
    expect(await connects({ origin: `https://${host}`, cookie })).toBe(false)
    expect(await connects({ origin: 'http://evil.example', host: 'evil.example', cookie })).toBe(false)
    expect(links).toBe(1)
  })
})
