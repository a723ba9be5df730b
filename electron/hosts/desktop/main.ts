import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, dialog, ipcMain, nativeTheme, protocol, session, shell } from 'electron'
import { makeFilesPrivate } from '../../../shared/state/private-files.ts'
import { dataFolder } from '../data-folder.ts'
import { isPackaged, projectPath } from '../project.ts'
import { pageFile } from '../web/page-files.ts'
import { refusalText, refusedSwitch, specFolders } from './command-line.ts'
import { keyOfKeychain } from './keychain.ts'
import { makeLean } from './lean-chromium.ts'
import { type CoreProcess, startCore } from './start-core.ts'

/*
 * The desktop host: it opens the window, serves the page through a scheme of its own, starts core and hands the page a
 * port to it. All else is core's.
 */
const ORIGIN = 'app://sluice'
const PAGE = fileURLToPath(new URL('../renderer', import.meta.url))
const PRELOAD = fileURLToPath(new URL('./preload.cjs', import.meta.url))
const CORE = fileURLToPath(new URL('./core.mjs', import.meta.url))

if (isPackaged && !isDriven()) {
  const flag = refusedSwitch(process.argv.slice(1), { platform: process.platform, isRoot: process.getuid?.() === 0 })
  if (flag !== undefined) {
    process.stderr.write(`${refusalText(flag)}\n`)
    process.exit(1)
  }
}
makeFilesPrivate()
makeLean(app, process.env, process.platform)
protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
])
const data = dataFolder(app.commandLine.getSwitchValue('data') || undefined, process.env, process.platform)
// Two windows on two folders are two programs: each has its own lock, its own cache and its own preferences.
/** As `sluice start` hands them on. */
const sandboxOptions = ['any-key', 'check-signatures']
  .filter(name => app.commandLine.hasSwitch(name))
  .map(name => `--${name}`)
const folders = specFolders(process.argv)
app.setPath('userData', join(data, 'window'))
if (!app.requestSingleInstanceLock()) app.quit()
let core: CoreProcess | undefined
let window: BrowserWindow | undefined

app.on('web-contents-created', (_, contents) => {
  const deny = (event: { preventDefault: () => void }, url: string) => {
    if (!url.startsWith(`${ORIGIN}/`)) event.preventDefault()
  }
  contents.on('will-navigate', event => deny(event, event.url))
  contents.on('will-redirect', event => deny(event, event.url))
  contents.on('will-frame-navigate', event => deny(event, event.url))
  contents.on('will-attach-webview', event => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (core?.mayOpen(url))
      shell.openExternal(url).catch(error => process.stderr.write(`${url} was not opened: ${error}\n`))
    return { action: 'deny' }
  })
})

app.on('second-instance', () => {
  if (window?.isMinimized()) window.restore()
  window?.focus()
})
app.on('window-all-closed', () => app.quit())
app.on('will-quit', event => {
  if (!core) return
  // Core ends its sandbox in the right order; then this ends, too.
  event.preventDefault()
  const ending = core
  core = undefined
  ending.end().then(() => app.quit(), fail)
})

ipcMain.on('request-link', ({ sender, senderFrame }) => {
  if (senderFrame?.origin === ORIGIN) core?.link(sender)
})
ipcMain.on('retry-core', ({ senderFrame }) => {
  if (senderFrame?.origin === ORIGIN) core?.retry()
})
/** The folder that the user chose in the system's own dialog; null when none. */
ipcMain.handle('choose-folder', async ({ senderFrame }) => {
  if (senderFrame?.origin !== ORIGIN || !window) return null
  const { filePaths } = await dialog.showOpenDialog(window, { properties: ['openDirectory'] })
  return filePaths[0] ?? null
})
ipcMain.on('painted', () => window?.show())

// Not awaited: Electron becomes ready only when this module has been read to its end.
app.whenReady().then(open).catch(fail)

async function open(): Promise<void> {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((_, permission, answer) =>
    answer(permission === 'clipboard-sanitized-write'),
  )
  defaultSession.setPermissionCheckHandler((_, permission) => permission === 'clipboard-sanitized-write')
  protocol.handle('app', async request => {
    const { host, pathname } = new URL(request.url)
    if (host !== 'sluice') return new Response('Not found', { status: 404 })
    const file = await pageFile(PAGE, pathname)
    return new Response(new Uint8Array(file.body), { status: file.status, headers: file.headers })
  })
  core = startCore(
    CORE,
    [data, ...sandboxOptions, ...folders.map(folder => `--pipelines=${folder}`)],
    keyOfKeychain(data, line => process.stderr.write(`${line}\n`)),
    refuse,
  )
  window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    title: 'Sluice',
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#0b1017' : '#f6f7f9',
    webPreferences: {
      preload: PRELOAD,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      // Chromium would fetch its dictionaries from a server of Google's.
      spellcheck: false,
      v8CacheOptions: 'bypassHeatCheck',
    },
  })
  await window.loadURL(`${ORIGIN}/`)
}

/** Whether this is the build whose window tests drive (scripts/package.ts): it says so in its archive. */
function isDriven(): boolean {
  return JSON.parse(readFileSync(projectPath('package.json'), 'utf8')).driven === true
}

/** Core found that it must not run: nothing is started, and the user reads why. */
function refuse(why: string): void {
  process.stderr.write(`${why}\n`)
  dialog.showErrorBox('Sluice', why)
  app.exit(1)
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  app.exit(1)
}
