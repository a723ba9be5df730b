import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type BrowserContext,
  chromium,
  type ElectronApplication,
  _electron as electron,
  type Page,
} from 'playwright-core'
import { expect, vi } from 'vitest'
import { findElectron, packagedProgram } from '../../electron/hosts/find-electron.ts'
import { findBrowser } from '../../scripts/browser.ts'
import { startSluice, temporaryFolder } from '../fixture/sluice.ts'
import { SPARK_FOLDER } from '../fixture/spark.ts'

export const FLAGS = [
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
  /** The data folder. */
  data: string
  /** What the page wrote to its console as an error, or threw. */
  complaints: string[]
  /** The file that an action saves. */
  saved(action: () => Promise<void>): Promise<Buffer>
  /** Chooses a folder in the dialog of pipeline folders: by its path, or in the system's own dialog. */
  chooseFolder(path: string): Promise<void>
  /** Gives the page another size, in CSS pixels. */
  resize(size: { width: number; height: number }): Promise<void>
  /** Draws the page in light and in dark into a file each; not on every host, for they look the same. */
  picture?(name: string): Promise<void>
  close(): Promise<void>
}
export interface WebConsole extends Console {
  /** The address with its token, which was used. */
  url: string
  /** Asks the host for another address, as somebody with a second browser does. */
  newAddress(): Promise<string>
}
export interface DesktopConsole extends Console {
  app: ElectronApplication
}

export interface PackagedConsole extends Omit<Console, 'data' | 'saved' | 'resize' | 'chooseFolder'> {
  program: string
  /** What it was started with; a second one with the same gives way to the first and ends. */
  flags: string[]
  environment: Record<string, string>
}

/**
 * The console on the web host: the real program, in a real browser; on a data folder that stays when the caller gives
 * one.
 */
export async function openInBrowser(environment: Record<string, string> = {}, data?: string): Promise<WebConsole> {
  const executablePath = findBrowser(process.env)
  if (!executablePath) throw new Error('There is no Chromium: run "node scripts/ensure-browser.ts"')
  const folder = data === undefined ? await temporaryFolder() : { path: data, remove: async () => undefined }
  const host = startSluice(['web', '--data', folder.path], { ...(await awsFiles(folder.path)), ...environment })
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
    async newAddress() {
      host.child.kill('SIGUSR2')
      return /Another browser gets in, once, with (\S+)/.exec(await host.prints('Another browser gets in'))?.[1] ?? ''
    },
    data: folder.path,
    complaints,
    async saved(action) {
      const [download] = await Promise.all([page.waitForEvent('download'), action()])
      return readFile(await download.path())
    },
    async chooseFolder(path) {
      await page.getByLabel('Path on the machine that runs Sluice').fill(path)
      await page.getByRole('button', { name: 'Add folder' }).click()
    },
    resize: size => page.setViewportSize(size),
    picture: name => drawPictures(page, name),
    async close() {
      await browser.close()
      host.child.kill('SIGINT')
      await host.finished
      await folder.remove()
    },
  }
}

/**
 * Playwright's own, which it loads into an Electron that it finds itself: the program is ready once Playwright has
 * attached. Else a window that navigates at that moment is waited for until the launch times out.
 */
const UNTIL_PLAYWRIGHT_IS_THERE = fileURLToPath(
  new URL('lib/server/electron/loader.js', import.meta.resolve('playwright-core/package.json')),
)
const MAIN = fileURLToPath(new URL('../../dist/electron/main.mjs', import.meta.url))

/** The console in its window: real Electron, on a display that nobody sees where there is none. */
export async function openInElectron(): Promise<DesktopConsole> {
  const executablePath = findElectron(process.env)
  if (!executablePath || !existsSync(MAIN))
    throw new Error('Run "node scripts/ensure-electron.ts" and "npm run build" first')
  const folder = await temporaryFolder()
  const display = await virtualDisplay()
  const app = await electron.launch({
    executablePath,
    args: [
      '-r',
      UNTIL_PLAYWRIGHT_IS_THERE,
      // As root Chromium's own sandbox cannot be set up.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      MAIN,
      `--data=${folder.path}`,
      '--check-signatures',
    ],
    env: { ...process.env, ...display.environment, ...(await awsFiles(folder.path)) } as Record<string, string>,
    timeout: 90_000,
  })
  const page = await app.firstWindow()
  const complaints = complaintsOf(page)
  await page.emulateMedia({ colorScheme: 'light' })
  return {
    app,
    page,
    context: app.context(),
    data: folder.path,
    complaints,
    async saved(action) {
      const path = join(folder.path, 'saved')
      // The window would ask where to; a test has no hand for the system's dialog.
      const done = app.evaluate(
        ({ session }, savePath) =>
          new Promise<string>(resolve => {
            session.defaultSession.once('will-download', (_, item) => {
              item.setSavePath(savePath)
              item.once('done', (__, state) => resolve(state))
            })
          }),
        path,
      )
      await action()
      expect(await done).toBe('completed')
      return readFile(path)
    },
    async chooseFolder(path) {
      // A test has no hand for the system's dialog.
      await app.evaluate(({ dialog }, chosen) => {
        const answer = async () => ({ canceled: false, filePaths: [chosen] })
        dialog.showOpenDialog = answer as unknown as typeof dialog.showOpenDialog
      }, path)
      await page.getByRole('button', { name: 'Choose folder' }).click()
    },
    async resize(size) {
      await app.evaluate(({ BrowserWindow }, { width, height }) => {
        BrowserWindow.getAllWindows()[0]?.setContentSize(width, height)
      }, size)
      await expect.poll(() => page.evaluate('[innerWidth, innerHeight].join()')).toBe(`${size.width},${size.height}`)
    },
    async close() {
      await app.close()
      display.close()
      await folder.remove()
    },
  }
}

/**
 * The program as `npm run package` makes it, as the build that takes Chromium's own debugging port: its fuses keep
 * Node's closed.
 */
export async function openPackaged(): Promise<PackagedConsole> {
  const program = packagedProgram(process.platform, process.arch, 'driven')
  if (!existsSync(program)) throw new Error('Run "npm run package -- --old-electron --driven" first')
  const folder = await temporaryFolder()
  const display = await virtualDisplay()
  const environment = { ...process.env, ...display.environment, ...(await awsFiles(folder.path)) }
  const flags = [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    `--data=${folder.path}`,
    '--remote-debugging-port=0',
  ]
  const child = spawn(program, flags, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise(resolve => child.once('exit', resolve))
  let said = ''
  const address = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`The packaged program ended with ${code}: ${said}`)))
    child.stderr.on('data', text => {
      said += String(text)
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (found) resolve(found)
    })
  })
  await untilPageIsThere(address)
  const browser = await chromium.connectOverCDP(address)
  const context = browser.contexts()[0]
  if (!context) throw new Error('The packaged program opened no window')
  const page = context.pages()[0] ?? (await context.waitForEvent('page'))
  return {
    page,
    context,
    complaints: complaintsOf(page),
    program,
    flags,
    environment: environment as Record<string, string>,
    async close() {
      await browser.close()
      child.kill('SIGTERM')
      await ended
      display.close()
      await folder.remove()
    },
  }
}

/** A window that is met before its first page is there emits no event to Playwright, which then waits for ever. */
async function untilPageIsThere(address: string): Promise<void> {
  const list = new URL('/json/list', address.replace(/^ws:/, 'http:'))
  const titles = async () => ((await (await fetch(list)).json()) as { title: string }[]).map(({ title }) => title)
  await vi.waitUntil(async () => (await titles()).includes('Sluice'), { timeout: 20_000 })
}

/** Where the pictures of the pages go: `npm run pictures` puts those of the documentation into docs. */
export const PICTURES = fileURLToPath(new URL('../../dist/pictures/', import.meta.url))

export async function drawPictures(page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    // Charts are drawn in the frame after the one that knows the colours.
    await page.evaluate('new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
    await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`) })
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/**
 * AWS profiles of the test's own, whatever the machine has: one that is not logged in, one that cannot be used; and the
 * Spark of the tests.
 */
async function awsFiles(folder: string): Promise<Record<string, string>> {
  const config = join(folder, 'aws-config')
  const credentials = join(folder, 'aws-credentials')
  await writeFile(
    config,
    [
      '[profile analytics-prod]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ReadOnly',
      'region = eu-west-1\n',
      '[profile "my team"]\nsso_session = nobody\nsso_role_name = Admin\n',
      '[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n',
    ].join('\n'),
  )
  await writeFile(credentials, '')
  // The home of the cache of logins, too: nobody is logged in here.
  return {
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    HOME: folder,
    SLUICE_SPARK_FOLDER: SPARK_FOLDER,
  }
}

export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(String(error)))
  return complaints
}

/** The display that is there, or one of Xvfb's. */
async function virtualDisplay(): Promise<{ environment: Record<string, string>; close: () => void }> {
  if (process.env.DISPLAY || process.platform !== 'linux') return { environment: {}, close: () => undefined }
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '2560x1440x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const number = await new Promise<string>((resolve, reject) => {
    server.once('error', error =>
      reject(new Error('Xvfb could not be started (Debian: apt-get install xvfb)', { cause: error })),
    )
    server.once('exit', code => reject(new Error(`Xvfb ended with ${code}`)))
    server.stdio[3]?.once('data', data => resolve(String(data).trim()))
  })
  return { environment: { DISPLAY: `:${number}` }, close: () => void server.kill() }
}
