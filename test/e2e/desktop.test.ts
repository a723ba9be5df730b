import { beforeAll, describe, expect, it } from 'vitest'
import { consoleSuite } from './console-suite.ts'
import { type DesktopConsole, openInElectron } from './open-console.ts'

let opened: DesktopConsole | undefined
/** Spark takes seconds to start, and much longer on a busy machine. */
const SPARK_MS = 240_000
const open = async () => {
  opened = await openInElectron()
  return opened
}

describe('the console in Electron, on the desktop host', () => {
  consoleSuite(open)

  it('the window is shown once it is painted', async () => {
    const isVisible = () => opened?.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())
    await expect.poll(isVisible).toBe(true)
  })

  it('the page has nothing of Node, and of its window only a port to core and the dialog of a folder', async () => {
    const page = opened?.page
    expect(
      await page?.evaluate('[typeof require, typeof process, typeof module, Object.keys(sluiceWindow).sort().join()]'),
    ).toEqual(['undefined', 'undefined', 'undefined', 'chooseFolder,painted,requestLink,retryCore'])
  })

  it('a core that dies is restarted, and the page reconnects', async () => {
    const app = opened?.app
    await opened?.page.getByRole('status').getByText('live').waitFor({ timeout: 30_000 })
    await app?.evaluate(({ app: electron }) => {
      const core = electron.getAppMetrics().find(metric => metric.name === 'Sluice core')
      if (!core) throw new Error('There is no core')
      process.kill(core.pid, 'SIGKILL')
    })
    // Of the window, which knows its process, or of the page, which lost its connection.
    const notice = opened?.page.getByRole('alert').filter({ hasText: /^The core (died|ended|has not responded)/ })
    await notice?.first().waitFor({ timeout: 20_000 })
    await opened?.page.getByRole('status').getByText('live').waitFor({ timeout: 30_000 })
    await notice?.first().waitFor({ state: 'detached' })
  })

  it('a core that does not respond is shown, and restarted by its button', async () => {
    const { app, page } = opened ?? (await open())
    await page.getByRole('status').getByText('live').waitFor({ timeout: 30_000 })
    await app.evaluate(({ app: electron }) => {
      const core = electron.getAppMetrics().find(metric => metric.name === 'Sluice core')
      if (!core) throw new Error('There is no core')
      process.kill(core.pid, 'SIGSTOP')
    })
    const notice = page.getByRole('alert', { name: 'The core' })
    await notice.getByText('The core is not responding.').waitFor({ timeout: 40_000 })
    await notice.getByRole('button', { name: 'End and restart it' }).click()
    await notice.waitFor({ state: 'detached', timeout: 40_000 })
    await page.getByRole('status').getByText('live').waitFor({ timeout: 30_000 })
  })

  it('the page is sandboxed and isolated, without Node', async () => {
    const preferences = await opened?.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): object }
      return contents.getLastWebPreferences()
    })
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    })
  })

  it(
    'the job runs on Spark, its UI opens in the browser, and no other address on loopback does',
    async () => {
      const { app, page } = opened ?? (await open())
      await app.evaluate(({ shell }) => {
        const seen: string[] = []
        Object.assign(globalThis, { seen })
        shell.openExternal = async url => void seen.push(url)
      })
      const opens = () => app.evaluate(() => (globalThis as unknown as { seen: string[] }).seen)
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Job' }).click()
      await page.getByText('The streaming query is not running.').waitFor({ timeout: 30_000 })
      const engine = page.getByRole('region', { name: 'Engine' })
      await engine.getByText('Both use the same checkpoint').waitFor()
      await engine.getByRole('button', { name: 'Spark', exact: true }).click()
      await page.getByRole('button', { name: 'Start the job' }).click()
      await page
        .getByText(/^Running on Spark 4\.0\.\d+, local on this machine, not on EMR\.$/)
        .waitFor({ timeout: SPARK_MS })
      const link = page.getByRole('link', { name: /^Spark UI/ })
      await link.waitFor({ timeout: SPARK_MS })
      const url = (await link.getAttribute('href')) ?? ''
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
      for (const other of [`${url}jobs/`, 'http://127.0.0.1:1/', url.replace('127.0.0.1', 'localhost')])
        await page.evaluate(`void window.open('${other}')`)
      await link.click()
      await expect.poll(opens).toEqual([url])
      await page
        .getByText(/, spark engine, /)
        .first()
        .waitFor({ timeout: SPARK_MS })
    },
    2 * SPARK_MS,
  )

  describe('from inside the window', () => {
    // What is tried before the page is there would only keep it from coming.
    beforeAll(() => opened?.page.locator('nav').first().waitFor())
    it.each([
      ['another site', "location.href = 'https://example.com/'"],
      ['a file', "location.href = 'file:///etc/passwd'"],
      ['another host of its scheme', "location.href = 'app://other/'"],
      ['code as an address', "location.href = 'javascript:document.title=1'"],
      ['a window', "window.open('https://example.com/')"],
      ['a window of its own', "window.open('app://sluice/')"],
      [
        'an embedded page',
        "document.body.append(Object.assign(document.createElement('webview'), { src: 'https://example.com/' }))",
      ],
    ])('%s cannot be opened from the page', async (_, script) => {
      const page = opened?.page
      await page?.evaluate(`(async () => { ${script}; await new Promise(requestAnimationFrame) })()`)
      await expect.poll(() => page?.evaluate('document.querySelector("nav") !== null')).toBe(true)
      expect(page?.url()).toMatch(/^app:\/\/sluice\//)
      expect(opened?.app.windows()).toHaveLength(1)
      expect(await opened?.app.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1)
      await page?.evaluate('document.querySelector("webview")?.remove()')
    })

    it.each([
      'file:///etc/passwd',
      'app://other/index.html',
      'app://sluice/..%2f..%2fpackage.json',
      'app://sluice/../../package.json',
    ])('%s cannot be read by the page', async address => {
      const read = await opened?.page.evaluate(`fetch('${address}').then(reply => reply.text(), () => 'refused')`)
      expect(read).not.toMatch(/root:|devDependencies/)
      expect(read).toMatch(/refused|Not found/)
    })

    it.each([
      ['app://sluice/', 200],
      ['app://other/', 404],
      ['app://other/index.html', 404],
      ['app://sluice/..%2f..%2fpackage.json', 404],
      ['app://sluice/%2e%2e%2felectron/main.mjs', 404],
    ])('the scheme answers %s with %d, also outside of the page', async (address, status) => {
      // By the window's own program: no policy of a page stands before the scheme.
      expect(await opened?.app.evaluate(({ net }, url) => net.fetch(url).then(reply => reply.status), address)).toBe(
        status,
      )
    })

    it('an address that core did not give is not opened in the browser, whatever its host', async () => {
      const { app, page } = opened ?? (await open())
      await app.evaluate(({ shell }) => {
        const asked: string[] = []
        Object.assign(globalThis, { asked })
        shell.openExternal = async url => void asked.push(url)
      })
      const others = [
        'https://console.aws.amazon.com/emr/home',
        'https://aws.amazon.com/kinesis/',
        'https://corp.awsapps.com/start',
        'https://bucket.s3.amazonaws.com/log.gz',
        'https://example.com/',
        'https://aws.amazon.com@evil.example/',
        'http://127.0.0.1:1/',
        'file:///etc/passwd',
        'smb://evil.example/share',
      ]
      for (const url of others) await page.evaluate(`void window.open('${url}')`)
      // What is opened is opened before a later question to the window is answered.
      expect(await app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)).toEqual([])
      expect(app.windows()).toHaveLength(1)
    })

    it('every permission is denied, but the one to write to the clipboard', async () => {
      const names = [
        'geolocation',
        'notifications',
        'midi',
        'camera',
        'microphone',
        'persistent-storage',
        'clipboard-read',
        'idle-detection',
        'local-fonts',
        'window-management',
        'display-capture',
      ]
      const script = `Promise.all(${JSON.stringify([...names, 'clipboard-write'])}.map(
        name => navigator.permissions.query({ name }).then(status => status.state)))`
      expect(await opened?.page.evaluate(script)).toEqual([...names.map(() => 'denied'), 'granted'])
    })

    it.each([
      ['will-navigate', 'https://example.com/', true],
      ['will-redirect', 'https://example.com/', true],
      ['will-frame-navigate', 'https://example.com/', true],
      ['will-frame-navigate', 'app://other/', true],
      ['will-frame-navigate', 'app://sluice/#/job', false],
      ['will-attach-webview', 'https://example.com/', true],
    ])('the guard of %s to %s decides alone, prevented: %s', async (name, url, isPrevented) => {
      const prevented = await opened?.app.evaluate(
        ({ webContents }, event) => {
          let isPrevented = false
          const [contents] = webContents.getAllWebContents()
          contents?.emit(event.name, { url: event.url, preventDefault: () => (isPrevented = true) })
          return isPrevented
        },
        { name, url },
      )
      expect(prevented).toBe(isPrevented)
    })

    it('a port to core is given to the page alone', async () => {
      const connection = () => opened?.page.evaluate("document.querySelector('.connection')?.innerText")
      await expect.poll(connection, { timeout: 30_000 }).toBe('live')
      const given = (origin: string) =>
        opened?.app.evaluate(({ ipcMain }, from) => {
          const sent: string[] = []
          const sender = {
            isDestroyed: () => false,
            send: () => undefined,
            postMessage: (name: string) => sent.push(name),
          }
          ipcMain.emit('request-link', { sender, senderFrame: { origin: from } })
          return sent
        }, origin)
      expect(await given('app://sluice')).toEqual(['link'])
      for (const origin of ['app://other', 'https://example.com', 'null', 'file://'])
        expect(await given(origin), origin).toEqual([])
    })

    it.each([
      ['geolocation', "navigator.permissions.query({ name: 'geolocation' }).then(status => status.state)"],
      [
        'the microphone',
        "navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'granted', error => error.name)",
      ],
      ['the screen', "navigator.mediaDevices.getDisplayMedia().then(() => 'granted', error => error.name)"],
      ['notifications', 'Notification.requestPermission()'],
      ['what is in the clipboard', "navigator.clipboard.readText().then(() => 'granted', error => error.name)"],
    ])('the permission for %s is denied', async (_, script) => {
      expect(await opened?.page.evaluate(script)).toMatch(/^(denied|Not\w+Error|InvalidStateError)$/)
    })

    it('a message that is no frame closes its port to core, and core keeps running', async () => {
      const page = opened?.page
      const closed = `new Promise((resolve, reject) => {
        addEventListener('message', event => {
          if (event.data !== 'sluice-link') return
          const [port] = event.ports
          port.addEventListener('close', () => resolve('closed'))
          port.start()
          port.postMessage(null)
        }, { once: true })
        sluiceWindow.requestLink()
      })`
      expect(await page?.evaluate(closed)).toBe('closed')
      // By a script: Playwright still waits for the navigations that were refused above.
      await expect.poll(() => page?.evaluate("document.querySelector('.connection')?.innerText")).toBe('live')
    })
  })
})
