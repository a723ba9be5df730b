import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { addressFile } from '../../electron/hosts/open-address.ts'
import { lastSandbox } from '../../electron/hosts/sandbox/running.ts'
import { temporaryFolder } from '../fixture/sluice.ts'
import { consoleSuite } from './console-suite.ts'
import { openInBrowser, type WebConsole } from './open-console.ts'

describe('the console in Chromium, on the web host', () => consoleSuite(() => openInBrowser()))

describe('a machine without Spark', () => {
  it('the page says that Spark is missing and what its setup needs; a cancelled setup leaves nothing', async () => {
    const empty = await temporaryFolder()
    const opened = await openInBrowser({ SLUICE_SPARK_FOLDER: join(empty.path, 'spark') })
    try {
      const { page } = opened
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Job' }).click()
      const engine = page.getByRole('region', { name: 'Engine' })
      await engine.getByRole('button', { name: 'Spark', exact: true }).click()
      await engine.getByText('There is no PySpark 4.0 to 4.3 on this machine.').waitFor({ timeout: 30_000 })
      await engine.getByText(/about [\d.]+ MiB to download/).waitFor()
      expect(await page.getByRole('button', { name: 'Start the job' }).isDisabled()).toBe(true)
      await engine.getByRole('button', { name: 'Set up Spark' }).click()
      await page.getByRole('listitem').filter({ hasText: 'Make a Python environment' }).waitFor({ timeout: 30_000 })
      await page.getByRole('button', { name: 'Cancel', exact: true }).click()
      await page.getByText(/^Set up Spark: cancelled/).waitFor({ timeout: 30_000 })
      expect(await readdir(empty.path)).toEqual([])
    } finally {
      await opened.close()
      await empty.remove()
    }
  })
})

/** Takes a port as soon as it is free. */
async function takePort(port: number): Promise<Server> {
  for (;;) {
    // As a program would that speaks something else; what calls here must not keep it from closing.
    const server = createServer(socket => socket.destroy())
    const isTaken = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (isTaken) return server
  }
}

describe('the web host', () => {
  let opened: WebConsole
  beforeAll(async () => {
    opened = await openInBrowser()
  })
  afterAll(() => opened?.close())
  const ask = (path: string) => fetch(new URL(path, opened.url), { redirect: 'manual' })

  it('a request without the token is refused', async () => {
    expect((await ask('/')).status).toBe(403)
    expect((await ask('/?token=wrong')).status).toBe(403)
  })

  it('an address that was used is refused, with how to get another', async () => {
    const again = await ask(new URL(opened.url).search)
    expect(again.status).toBe(403)
    expect(await again.text()).toMatch(/used already.*kill -USR2 \d+/s)
    // The page that it let in does not need it any more.
    await opened.page.reload()
    await opened.page.getByRole('status').getByText('live').waitFor()
  })

  it('a browser is let in by a file that leads to the address, and no argument contains the token', async () => {
    const { path, remove } = await temporaryFolder()
    const other = await openInBrowser()
    try {
      const fresh = await other.newAddress()
      const file = await addressFile(path, fresh)
      expect(file.url).not.toContain(new URL(fresh).searchParams.get('token'))
      expect((await stat(new URL(file.url))).mode & 0o077).toBe(0)
      const page = await (await other.context.browser()?.newContext())?.newPage()
      await page?.goto(file.url)
      await page?.getByRole('status').getByText('live').waitFor()
      expect(page?.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/(#.*)?$/)
      file.remove()
      await expect(stat(new URL(file.url))).rejects.toThrow('ENOENT')
    } finally {
      await other.close()
      await remove()
    }
  })

  it('a sandbox that cannot be restarted is shown with reason, the end of its log and a button to retry', async () => {
    const { page } = opened
    const before = await lastSandbox(opened.data)
    process.kill(before?.pid ?? 0, 'SIGKILL')
    const taken = await takePort(before?.port ?? 0)
    const notice = page.getByRole('alert', { name: 'The sandbox' })
    await notice.getByText(/^The sandbox ended \d times in a row\./).waitFor({ timeout: 60_000 })
    await notice
      .getByRole('paragraph')
      .getByText(/^Port \d+ of 127\.0\.0\.1 is taken by another program/)
      .waitFor()
    // Its log has only the same sentence.
    expect(await notice.getByRole('region', { name: 'The end of the log of the sandbox' }).count()).toBe(0)
    // Given up, so that nothing but the button brings it back.
    await notice.getByText('It is not restarted automatically').waitFor({ timeout: 90_000 })
    await new Promise(resolve => taken.close(resolve))
    await notice.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('The sandbox was restarted at').first().waitFor({ timeout: 60_000 })
    await notice.waitFor({ state: 'detached' })
  }, 180_000)

  it('a statement that is too long is refused in the editor, and the next one runs', async () => {
    const { page } = opened
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Warehouse' }).click()
    await page.getByRole('textbox', { name: 'SQL' }).waitFor()
    await page.evaluate(
      `location.hash = '#/warehouse?sql=' + encodeURIComponent("select '" + 'x'.repeat(120000) + "'")`,
    )
    await page.getByText('select', { exact: false }).first().waitFor()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('The statement is 120 kB; the Redshift Data API takes 100 kB at most.').waitFor()
    await page.getByRole('status').getByText('live').waitFor()
  })

  it('a socket is refused to another origin, and without the cookie', async () => {
    const cookie = (await opened.context.cookies()).map(entry => `${entry.name}=${entry.value}`).join('; ')
    const { origin } = new URL(opened.url)
    const open = (headers: Record<string, string>) =>
      new Promise<string>(resolve => {
        const socket = new WebSocket(`${origin.replace('http', 'ws')}/link`, { headers })
        socket.on('open', () => resolve('open'))
        socket.on('error', error => resolve(error.message))
      })
    expect(await open({ origin, cookie })).toBe('open')
    expect(await open({ origin })).toContain('403')
    expect(await open({ origin: 'http://evil.example', cookie })).toContain('403')
  })

  it('a call that breaks its contract or is unknown is refused, and no frame at all closes the socket', async () => {
    const cookie = (await opened.context.cookies()).map(entry => `${entry.name}=${entry.value}`).join('; ')
    const { origin } = new URL(opened.url)
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/link`, { headers: { origin, cookie } })
    await once(socket, 'open')
    const answer = async (frame: object) => {
      socket.send(JSON.stringify(frame))
      const [data] = await once(socket, 'message')
      return JSON.parse(String(data))
    }
    const code = async (op: string, input: unknown) => (await answer({ t: 'start', id: 1, op, input })).error?.code
    expect(await code('stream.describe', { target: 'sandbox', pipeline: 'food-delivery', shell: 'rm' })).toBe(
      'invalid_input',
    )
    expect(await code('stream.describe', null)).toBe('invalid_input')
    expect(await code('stream.constructor', {})).toBe('not_found')
    expect(await code('__proto__.toString', {})).toBe('not_found')
    const closed = once(socket, 'close')
    socket.send('{"t":"start","id":"x"}')
    expect((await closed)[0]).toBe(1008)
  })

  it('no file outside of the page is served', async () => {
    const cookie = (await opened.context.cookies()).map(entry => `${entry.name}=${entry.value}`).join('; ')
    for (const path of ['/..%2f..%2fpackage.json', '/%2e%2e/%2e%2e/package.json', '/assets/../../../package.json']) {
      const reply = await fetch(new URL(path, opened.url), { headers: { cookie } })
      expect(await reply.text()).not.toContain('"devDependencies"')
    }
  })
})
