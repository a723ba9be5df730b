import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pageFile } from '../../../electron/hosts/web/page-files.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let page: string
const text = async (path: string) => (await pageFile(page, path)).body.toString('utf8')

beforeAll(async () => {
  folder = await temporaryFolder()
  page = join(folder.path, 'page')
  await mkdir(join(page, 'assets'), { recursive: true })
  // A neighbour whose name begins like the page's own.
  await mkdir(join(folder.path, 'page-of-another'))
  await writeFile(join(page, 'index.html'), '<meta nonce="__SLUICE_NONCE__"><p nonce="__SLUICE_NONCE__">the page')
  await writeFile(join(page, 'assets', 'a.js'), 'the script')
  await writeFile(join(folder.path, 'secret.txt'), 'the secret')
  await writeFile(join(folder.path, 'page-of-another', 'secret.txt'), 'the secret')
})
afterAll(() => rm(folder.path, { recursive: true, force: true }))

describe('files of the page', () => {
  it('are given as what they are; the page answers a link into it, and not a file that is not there', async () => {
    const script = await pageFile(page, '/assets/a.js')
    expect(script).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } })
    expect(script.body.toString()).toBe('the script')
    expect(await text('/job')).toContain('the page')
    expect((await pageFile(page, '/assets/b.js')).status).toBe(404)
  })

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%2fpage-of-another/secret.txt',
    '/../page-of-another/secret.txt',
  ])('%s, outside of its folder, is not given', async path => {
    const answer = await pageFile(page, path)
    expect(answer.status).toBe(404)
    expect(answer.body.toString()).not.toContain('secret')
  })

  it('live under a policy that lets nothing in but themselves', async () => {
    for (const path of ['/', '/assets/a.js', '/nothing.js', '/job']) {
      const { headers } = await pageFile(page, path)
      const directives = Object.fromEntries(
        (headers['content-security-policy'] ?? '').split('; ').map(entry => {
          const [name = '', ...values] = entry.split(' ')
          return [name, values.join(' ').replace(/nonce-[\w+/=]{20,}/, 'nonce-N')]
        }),
      )
      expect(directives, path).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'style-src-elem': "'self' 'nonce-N'",
        'img-src': "'self' data: blob:",
        'font-src': "'self' data:",
        'connect-src': "'self'",
        'worker-src': "'self'",
        'base-uri': "'none'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
      })
      expect(headers, path).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
    }
  })

  it('have a nonce of each answer, the same in the page and its policy, and the page is not cached', async () => {
    const nonceOf = async () => {
      const { headers, body } = await pageFile(page, '/')
      const nonce = /'nonce-([^']+)'/.exec(headers['content-security-policy'] ?? '')?.[1] ?? ''
      expect(body.toString()).toBe(`<meta nonce="${nonce}"><p nonce="${nonce}">the page`)
      expect(headers['cache-control']).toBe('no-store')
      return nonce
    }
    expect(await nonceOf()).not.toBe(await nonceOf())
  })
})
