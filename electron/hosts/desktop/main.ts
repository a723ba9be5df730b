import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, ipcMain, nativeTheme, protocol, session, shell } from 'electron'
import { makeFilesPrivate } from '../../../shared/state/private-files.ts'
import { dataFolder } from '../data-folder.ts'
import { pageFile } from '../web/page-files.ts'
import { keyOfKeychain } from './keychain.ts'
import { makeLean } from './lean-chromium.ts'
import { type CoreProcess, startCore } from './start-core.ts'

/*
 * The desktop host: it opens the window, serves the page through a scheme of its own, starts core and hands the page a port to it. All else is
 * core's.
 */
const ORIGIN = 'app://sluice'
const PAGE = fileURLToPath(new URL('../renderer', import.meta.url))
const PRELOAD = fileURLToPath(new URL('./preload.cjs', import.meta.url))
const CORE = fileURLToPath(new URL('./core.mjs', import.meta.url))
/** Pages that may be opened in the user's own browser, and nowhere else; beside them, the Spark UI whose address core gave. */
const OUTSIDE = /^https:\/\/([a-z0-9-]+\.)*(aws\.amazon\.com|amazonaws\.com|awsapps\.com)\//

makeFilesPrivate()
makeLean(app, process.env, process.platform)
protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
])
const data = dataFolder(app.commandLine.getSwitchValue('data') || undefined, process.env, process.platform)
// Two windows on two folders are two programs: each has its own lock, its own cache and its own preferences.
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
    if (OUTSIDE.test(url) || core?.mayOpen(url))
      shell.openExternal(url).catch(error => process.stderr.write(`the browser was not opened: ${String(error)}\n`))
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
  const quit = () => app.quit()
  ending.end().then(quit, quit)
})

ipcMain.on('request-link', ({ sender, senderFrame }) => {
  if (senderFrame?.origin === ORIGIN) core?.link(sender)
})
ipcMain.on('painted', () => window?.show())

// Not awaited: Electron becomes ready only when this module has been read to its end.
app.whenReady().then(open).catch(fail)

async function open(): Promise<void> {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((_, permission, answer) => answer(permission === 'clipboard-sanitized-write'))
  defaultSession.setPermissionCheckHandler((_, permission) => permission === 'clipboard-sanitized-write')
  protocol.handle('app', async request => {
    const { host, pathname } = new URL(request.url)
    if (host !== 'sluice') return new Response('Not found', { status: 404 })
    const file = await pageFile(PAGE, pathname)
    return new Response(new Uint8Array(file.body), { status: file.status, headers: file.headers })
  })
  core = startCore(
    CORE,
    data,
    keyOfKeychain(data, line => process.stderr.write(`${line}\n`)),
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

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  app.exit(1)
}
