import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenedConsole } from './opened-console.ts'
import { PAGES } from './opened-console.ts'

/** Run in the page: what axe objects to, a line a rule. */
const violationsScript = (axe: string): string => `(() => {
  ${axe};
  const textOf = node => node.target.join(' ') + ' ' + node.any.map(check => check.message).join()
  return axe.run().then(result => result.violations.map(
    violation => violation.id + ': ' + violation.nodes.map(textOf).slice(0, 3).join(' | ')))
})()`

/** What is true of every page, and what none of them can do. */
export function limitsSuite(on: OpenedConsole): void {
  describe('accessibility', () => {
    const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    it.each(PAGES)('%s has no accessibility violation, in light and in dark mode', async name => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await on.page.emulateMedia({ colorScheme })
        await on.goTo(name)
        const script = violationsScript(await axe)
        await expect.poll(() => on.page.evaluate(script), { message: `${name}, ${colorScheme}` }).toEqual([])
      }
    })
  })

  describe('the content security policy', () => {
    const asked: string[] = []
    const outside = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response
        .writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' })
        .end('globalThis.gotIn = true')
    })
    const address = () => `http://127.0.0.1:${(outside.address() as AddressInfo).port}`
    beforeAll(() => new Promise<void>(resolve => outside.listen(0, '127.0.0.1', resolve)))
    afterAll(() => {
      outside.closeAllConnections()
      outside.close()
    })

    it('the server outside answers', async () => {
      expect(await (await fetch(`${address()}/hello`)).text()).toContain('gotIn')
      expect(asked.splice(0)).toEqual(['GET /hello'])
    })

    it.each([
      ['fetch', "await fetch('OUTSIDE/fetch')"],
      ['a beacon', "navigator.sendBeacon('OUTSIDE/beacon', 'x')"],
      ['a socket', "new WebSocket('OUTSIDE/socket'.replace('http', 'ws'))"],
      ['an image', "new Image().src = 'OUTSIDE/image'"],
      ['a script', "document.head.append(Object.assign(document.createElement('script'), { src: 'OUTSIDE/script' }))"],
      [
        'a style',
        "document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: " +
          "'OUTSIDE/style' }))",
      ],
      [
        'a frame',
        "document.body.append(Object.assign(document.createElement('iframe'), { src: 'OUTSIDE/frame', id: " +
          "'way-out' }))",
      ],
      [
        'a form',
        "const form = Object.assign(document.createElement('form'), { action: 'OUTSIDE/form', method: 'post', " +
          "target: 'way-out' }); document.body.append(form); form.submit(); form.remove()",
      ],
      ['a worker', "new Worker('OUTSIDE/worker')"],
    ])('%s does not reach another address', async (_, script) => {
      const refused = `(async () => {
        try { ${script.replace('OUTSIDE', address())} } catch {}
        await new Promise(resolve => setTimeout(resolve, 300))
        document.querySelector('#way-out')?.remove()
        return globalThis.gotIn
      })()`
      expect(await on.page.evaluate(refused)).toBeUndefined()
      expect(asked).toEqual([])
      on.opened.complaints.length = 0
    })

    it.each([
      // Behind a timer, for what the debugger itself evaluates is let through.
      ['text', "setTimeout(() => { globalThis.ran = new Function('return true')() })"],
      [
        'an inline script',
        "document.head.append(Object.assign(document.createElement('script'), { text: 'globalThis.ran = true' }))",
      ],
      [
        'a script in an address',
        "document.head.append(Object.assign(document.createElement('script'), { src: " +
          "'data:text/javascript,globalThis.ran=true' }))",
      ],
      [
        'an attribute',
        'document.body.insertAdjacentHTML(\'beforeend\', \'<img src="data:," onerror="globalThis.ran = true">\')',
      ],
    ])('%s is not run as code', async (_, script) => {
      const ran = await on.page.evaluate(
        `(async () => { ${script}; await new Promise(resolve => setTimeout(resolve, 300)); return globalThis.ran })()`,
      )
      expect(ran).toBeUndefined()
      on.opened.complaints.length = 0
    })
  })

  it('the page logged no error in all of these tests', () => {
    expect(on.opened.complaints).toEqual([])
  })
}
