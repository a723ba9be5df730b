import { readdirSync } from 'node:fs'

/** Where Linux keeps the devices of graphics cards (drm(7)). */
const LINUX_GRAPHICS = '/dev/dri'

/** What it needs of Electron's app. */
interface AppBeforeReady {
  commandLine: { appendSwitch(name: string, value?: string): void }
  disableHardwareAcceleration(): void
  once(event: 'ready', listener: () => void): unknown
}

/**
 * Chromium without what this window never uses, for memory. To be called before the app is ready.
 *
 * - The network service runs within the main process, instead of in one of its own: the page is served by the main
 * process and may ask for nothing else.
 * - Without a graphics card (a virtual machine, a remote desktop) the page is drawn by the processor directly. Else
 * Chromium would have the processor
 *   play a graphics card, which takes some 10 MiB more; frames may come sooner with it (docs/benchmarks.md).
 * - GTK, which draws the dialogs of files, does not load the graphics driver into the main process only to choose a
 * visual of X11.
 */
export function makeLean(
  app: AppBeforeReady,
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  graphics = LINUX_GRAPHICS,
): void {
  app.commandLine.appendSwitch('enable-features', 'NetworkServiceInProcess2')
  if (platform !== 'linux') return
  // Not for the programs that this one starts, such as the user's browser.
  if (env.GDK_GL === undefined) {
    env.GDK_GL = 'disable'
    app.once('ready', () => delete env.GDK_GL)
  }
  if (canDraw(graphics)) return
  app.disableHardwareAcceleration()
  app.commandLine.appendSwitch('disable-software-rasterizer')
}

/** Whether one of the graphics cards in a folder of devices can draw: then it has a render node. */
function canDraw(graphics: string): boolean {
  try {
    return readdirSync(graphics).some(name => name.startsWith('renderD'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
