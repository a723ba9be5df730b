import { describe, expect, it } from 'vitest'
import { consoleSuite } from './console-suite.ts'
import { type DesktopConsole, openInElectron } from './open-console.ts'

let opened: DesktopConsole | undefined
const open = async () => {
  opened = await openInElectron()
  return opened
}

describe('the console in Electron, on the desktop host', () => {
  consoleSuite(open)

  it('the window is shown once it is painted', async () => {
    const isVisible = () => opened?.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())
    await expect.poll(isVisible, { timeout: 10_000 }).toBe(true)
  })

  it('the page has nothing of Node, and of its window only a port to core', async () => {
    const page = opened?.page
    expect(
      await page?.evaluate('[typeof require, typeof process, typeof module, Object.keys(sluiceWindow).sort().join()]'),
    ).toEqual(['undefined', 'undefined', 'undefined', 'painted,requestLink'])
  })

  it('a core that dies comes back, and the page goes on', async () => {
    const app = opened?.app
    await app?.evaluate(({ app: electron }) => {
      const core = electron.getAppMetrics().find(metric => metric.name === 'Sluice core')
      if (!core) throw new Error('There is no core')
      process.kill(core.pid, 'SIGKILL')
    })
    await opened?.page.getByText('The core does not answer').waitFor({ timeout: 20_000 })
    await opened?.page.getByRole('status').getByText('live').waitFor({ timeout: 30_000 })
    await opened?.page.getByText('The core does not answer').waitFor({ state: 'detached' })
  })

  it('the page cannot leave, open a window, or be given a permission', async () => {
    const page = opened?.page
    await page?.evaluate("void (location.href = 'https://example.com/')")
    await page?.evaluate("void window.open('https://example.com/')")
    expect(page?.url()).toMatch(/^app:\/\/sluice\//)
    expect(opened?.app.windows()).toHaveLength(1)
    expect(await page?.evaluate("navigator.permissions.query({ name: 'geolocation' }).then(status => status.state)")).toBe(
      'denied',
    )
    expect(
      await page?.evaluate("navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'granted', error => error.name)"),
    ).not.toBe('granted')
  })
})
