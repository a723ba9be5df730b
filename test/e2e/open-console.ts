import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type ElectronApplication, _electron as electron, type Page } from 'playwright-core'
import { findElectron } from '../../electron/hosts/find-electron.ts'
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

/** A console that is open, on a state of its own. */
export interface Console {
  page: Page
  context: BrowserContext
  /** What the page wrote to its console as an error, or threw. */
  complaints: string[]
  close(): Promise<void>
}
export interface WebConsole extends Console {
  /** The address with its token. */
  url: string
}
export interface DesktopConsole extends Console {
  app: ElectronApplication
}

/** The console on the web host: the real program, in a real browser. */
export async function openInBrowser(): Promise<WebConsole> {
  const executablePath = findBrowser(process.env)
  if (!executablePath) throw new Error('There is no Chromium: run "node scripts/ensure-browser.ts"')
  const folder = await temporaryFolder()
  const host = startSluice(['web', '--data', folder.path])
  const printed = await host.prints('Ctrl-C stops it.')
  const url = /http:\S+/.exec(printed)?.[0] ?? ''
  const browser = await chromium.launch({ executablePath, args: FLAGS })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' })
  const page = await context.newPage()
  const complaints = complaintsOf(page)
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

const MAIN = fileURLToPath(new URL('../../dist/electron/main.mjs', import.meta.url))

/** The console in its window: real Electron, on a display that nobody sees where there is none. */
export async function openInElectron(): Promise<DesktopConsole> {
  const executablePath = findElectron(process.env)
  if (!executablePath || !existsSync(MAIN)) throw new Error('Run "node scripts/ensure-electron.ts" and "npm run build" first')
  const folder = await temporaryFolder()
  const display = await virtualDisplay()
  const app = await electron.launch({
    executablePath,
    // As root Chromium's own sandbox cannot be set up.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), MAIN, `--data=${folder.path}`],
    env: { ...process.env, ...display.environment } as Record<string, string>,
    timeout: 30_000,
  })
  const page = await app.firstWindow()
  const complaints = complaintsOf(page)
  await page.emulateMedia({ colorScheme: 'light' })
  return {
    app,
    page,
    context: app.context(),
    complaints,
    async close() {
      await app.close()
      display.close()
      await folder.remove()
    },
  }
}

function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(String(error)))
  return complaints
}

/** The display that is there, or one of Xvfb's. */
async function virtualDisplay(): Promise<{ environment: Record<string, string>; close: () => void }> {
  if (process.env.DISPLAY || process.platform !== 'linux') return { environment: {}, close: () => undefined }
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1920x1080x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const number = await new Promise<string>((resolve, reject) => {
    server.once('error', error => reject(new Error('Xvfb could not be started (Debian: apt-get install xvfb)', { cause: error })))
    server.once('exit', code => reject(new Error(`Xvfb ended with ${code}`)))
    server.stdio[3]?.once('data', data => resolve(String(data).trim()))
  })
  return { environment: { DISPLAY: `:${number}` }, close: () => void server.kill() }
}
