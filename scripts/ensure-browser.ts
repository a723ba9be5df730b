import { spawnSync } from 'node:child_process'
import { findBrowser } from './browser.ts'

/*
 * Sees to it that there is a Chromium, and a display for Electron, for the end-to-end tests. On Debian and as root it
 * installs the system's own; elsewhere it says how.
 */
/** Chromium; Xvfb and the libraries that Electron needs. */
const PACKAGES = ['chromium', 'xvfb', 'xauth', 'libgtk-3-0', 'libnss3', 'libasound2', 'libgbm1', 'libxss1']
const found = findBrowser(process.env)
if (found && hasDisplay()) process.stdout.write(`Chromium: ${found}\n`)
else if (process.platform === 'linux' && process.getuid?.() === 0) {
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES],
  ]) {
    const { status } = spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (status !== 0) fail()
  }
  process.stdout.write(`Chromium: ${findBrowser(process.env) ?? fail()}\n`)
} else fail()

/** Whether a window can be opened: on a display that is there, or one of Xvfb's. */
function hasDisplay(): boolean {
  return (
    process.platform !== 'linux' ||
    process.env.DISPLAY !== undefined ||
    spawnSync('Xvfb', ['-help'], { stdio: 'ignore' }).error === undefined
  )
}

function fail(): never {
  process.stderr.write(
    `Chromium or Xvfb is missing. Install them (Debian: apt-get install ${PACKAGES.join(' ')}), or name a ` +
      `Chromium with SLUICE_CHROMIUM.\n`,
  )
  process.exit(1)
}
