import { spawnSync } from 'node:child_process'
import { findBrowser } from './browser.ts'

/*
 * Sees to it that there is a Chromium for the end-to-end tests. On Debian and as root it installs the system's own; elsewhere it says how.
 */
const found = findBrowser(process.env)
if (found) process.stdout.write(`Chromium: ${found}\n`)
else if (process.platform === 'linux' && process.getuid?.() === 0) {
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
  ]) {
    const { status } = spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (status !== 0) fail()
  }
  process.stdout.write(`Chromium: ${findBrowser(process.env) ?? fail()}\n`)
} else fail()

function fail(): never {
  process.stderr.write('There is no Chromium. Install it (Debian: apt-get install chromium), or name one with SLUICE_CHROMIUM.\n')
  process.exit(1)
}
