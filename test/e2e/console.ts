import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { findBrowser } from '../../scripts/browser.ts'
import { startSluice, temporaryFolder } from '../fixture/sluice.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Console {
  page: Page
  context: BrowserContext
  /** The address with its token. */
  url: string
  /** What the page wrote to its console as an error, or threw. */
  complaints: string[]
  close(): Promise<void>
}

/** The console on the web host: the real program on a state of its own, in a real browser. */
export async function openConsole(): Promise<Console> {
  const executablePath = findBrowser(process.env)
  if (!executablePath) throw new Error('There is no Chromium: run "node scripts/ensure-browser.ts"')
  const folder = await temporaryFolder()
  const host = startSluice(['web', '--data', folder.path])
  const printed = await host.prints('Ctrl-C stops it.')
  const url = /http:\S+/.exec(printed)?.[0] ?? ''
  const browser: Browser = await chromium.launch({ executablePath, args: FLAGS })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(String(error)))
  await page.goto(url)
  return {
    page,
    context,
    url,
    complaints,
    async close() {
      await browser.close()
      host.child.kill('SIGINT')
      await host.finished
      await folder.remove()
    },
  }
}
