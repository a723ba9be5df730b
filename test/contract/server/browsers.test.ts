import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSandboxHere } from '../../fixture/open-core.ts'
import { CALLS, type Call, overHttp1, overHttp2, overSocket, signCall } from './server-under-test.ts'

let sandbox: Awaited<ReturnType<typeof openSandboxHere>>
beforeAll(async () => {
  sandbox = await openSandboxHere()
})
afterAll(() => sandbox.close())

const PROTOCOLS = [
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
] as const
const MARKS: Record<string, string>[] = [
  { origin: 'https://example.com' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-mode': 'navigate' },
  { 'sec-fetch-dest': 'image' },
  { 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
  { referer: 'http://127.0.0.1:1/' },
  { cookie: 'a=b' },
  { 'access-control-request-method': 'PUT' },
]
const protectedAnswer = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}
function expectProtected(headers: Record<string, unknown>): void {
  expect(headers).toMatchObject(protectedAnswer)
  expect(headers['content-type'] ?? '').not.toContain('html')
  expect(Object.keys(headers).filter(name => name.startsWith('access-control-'))).toEqual([])
}

describe.each(PROTOCOLS)('over %s', (_name, send) => {
  it.each(CALLS.map(call => [call.service, call] as const))(
    '%s answers a client, and refuses all that browsers mark',
    async (_service, call) => {
      const headers = await signCall(sandbox.endpoint, call)
      const answered = await send(sandbox.endpoint, { ...call, headers })
      expect([answered.status, answered.text]).toEqual([200, expect.anything()])
      expectProtected(answered.headers)
      for (const mark of MARKS) {
        const refused = await send(sandbox.endpoint, { ...call, headers: { ...headers, ...mark } })
        expect([mark, refused.status, refused.text]).toEqual([mark, 403, expect.stringMatching(/browser|web page.*\n/)])
        expectProtected(refused.headers)
      }
    },
  )

  it.each(CALLS.map(call => [call.service, call] as const))(
    '%s takes no body of a form that its clients do not send',
    async (service, call) => {
      const types = ['text/plain', 'multipart/form-data; boundary=x', 'Application/X-WWW-Form-URLEncoded']
      const refusedTypes = service === 's3' ? [] : ['iam', 'sts'].includes(service) ? types.slice(0, 2) : types
      for (const type of refusedTypes) {
        const typed = { ...call, headers: { ...call.headers, 'content-type': type } }
        const refused = await send(sandbox.endpoint, { ...typed, headers: await signCall(sandbox.endpoint, typed) })
        expect([type, refused.status, refused.text]).toEqual([type, 403, expect.stringContaining('forms of web pages')])
        expectProtected(refused.headers)
      }
    },
  )

  it.each(CALLS.map(call => [call.service, call] as const))(
    '%s is not reached by a path, a form or a credential in the query alone',
    async (service, call) => {
      const query =
        `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x%2F20261121%2Fus-east-1%2F${service}%2Faws4_request` +
        '&X-Amz-Date=20261121T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00'
      const addresses = [call.path, `${call.path}?${query}`, `/?${call.body}`, `/?${call.body}&${query}`]
      for (const path of addresses)
        for (const method of ['GET', 'POST'])
          for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded']) {
            const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
            const refused = await send(sandbox.endpoint, { ...call, method, path, headers })
            expect([method, path, type, refused.status, refused.status < 500]).toEqual([
              method,
              path,
              type,
              expect.any(Number),
              true,
            ])
            expect([400, 403]).toContain(refused.status)
            expectProtected(refused.headers)
          }
    },
  )

  it('a preflight is refused and names no origin, whatever it asks for', async () => {
    for (const path of ['/', '/bucket/key', '/service/Kinesis_20131202/operation/ListStreams']) {
      const refused = await send(sandbox.endpoint, { service: 's3', method: 'OPTIONS', path, headers: {}, body: '' })
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('web pages')])
      expectProtected(refused.headers)
    }
  })
})

describe('an object of S3', () => {
  const put = (headers: Record<string, string>): Call => ({
    service: 's3',
    method: 'PUT',
    path: '/pages/a',
    headers,
    body: '<script>',
  })
  it('may be of any type, and is given back where nothing in it can run', async () => {
    const make = { service: 's3', method: 'PUT', path: '/pages', headers: {}, body: '' }
    await overHttp1(sandbox.endpoint, { ...make, headers: await signCall(sandbox.endpoint, make) })
    for (const type of ['text/plain', 'text/html', 'application/x-www-form-urlencoded']) {
      const call = put({ 'content-type': type })
      const stored = await overHttp1(sandbox.endpoint, { ...call, headers: await signCall(sandbox.endpoint, call) })
      expect([type, stored.status]).toEqual([type, 200])
      const get = { ...call, method: 'GET', headers: {}, body: '' }
      const { headers } = await overHttp1(sandbox.endpoint, { ...get, headers: await signCall(sandbox.endpoint, get) })
      expect(headers).toMatchObject({
        ...protectedAnswer,
        'content-type': type,
        'content-security-policy': "sandbox; default-src 'none'",
      })
    }
  })
})

describe('a connection', () => {
  it('that wants a WebSocket or a proxy is refused, and others go on', async () => {
    const host = new URL(sandbox.endpoint).host
    const upgrade = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`
    expect(await overSocket(sandbox.endpoint, upgrade)).toMatch(/^HTTP\/1\.1 403 [\s\S]*nosniff[\s\S]*no WebSockets/)
    const proxied = await overSocket(
      sandbox.endpoint,
      `CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n`,
    )
    expect(proxied).toMatch(/^HTTP\/1\.1 403 [\s\S]*nosniff[\s\S]*no proxy/)
    const [call] = CALLS as [Call]
    expect(
      (await overHttp1(sandbox.endpoint, { ...call, headers: await signCall(sandbox.endpoint, call) })).status,
    ).toBe(200)
  })

  it('that speaks no HTTP is answered with a protected 400', async () => {
    const answer = await overSocket(sandbox.endpoint, 'hello\r\n\r\n')
    expect(answer).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*x-content-type-options: nosniff[\s\S]*cross-origin-resource-policy: same-origin/,
    )
  })

  it.each([
    ['without a Host', '', 400],
    ['with two Hosts', 'Host: 127.0.0.1\r\nhost: localhost\r\n', 400],
    ['with an expectation that is not known', 'Host: 127.0.0.1\r\nExpect: a-pony\r\n', 417],
  ])('%s is answered with a protected refusal', async (_what, headers, status) => {
    const answer = await overSocket(sandbox.endpoint, `GET / HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)
    expect(answer).toMatch(
      new RegExp(
        `^HTTP/1\\.1 ${status} [\\s\\S]*x-content-type-options: nosniff[\\s\\S]*cross-origin-resource-policy: ` +
          'same-origin',
      ),
    )
  })

  it('of HTTP/2 with an expectation that is not known is answered with a protected refusal', async () => {
    const [call] = CALLS as [Call]
    const { status, headers } = await overHttp2(sandbox.endpoint, { ...call, headers: { expect: 'a-pony' } })
    expect([status, headers]).toEqual([417, expect.objectContaining(protectedAnswer)])
  })

  it('of HTTP/1.0 needs no Host to be refused', async () => {
    expect(await overSocket(sandbox.endpoint, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 [\s\S]*nosniff/)
  })

  it('with more headers than a client sends is answered with 431, also when the mark of one is the last', async () => {
    const host = new URL(sandbox.endpoint).host
    const many = Array.from({ length: 2_100 }, (_, index) => `x-${index}: 1\r\n`).join('')
    const answer = await overSocket(
      sandbox.endpoint,
      `GET / HTTP/1.1\r\nHost: ${host}\r\n${many}Origin: https://example.com\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*nosniff/)
    const long = await overSocket(
      sandbox.endpoint,
      `GET / HTTP/1.1\r\nHost: ${host}\r\nx-long: ${'a'.repeat(70_000)}\r\n\r\n`,
    )
    expect(long).toMatch(/^HTTP\/1\.1 431 [\s\S]*nosniff/)
  })
})
