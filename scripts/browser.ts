import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/**
 * The Chromium that the end-to-end tests drive: named by SLUICE_CHROMIUM, on the PATH, or where it is installed;
 * undefined when there is none.
 */
export function findBrowser(environment: NodeJS.ProcessEnv): string | undefined {
  const named = environment.SLUICE_CHROMIUM
  if (named) return named
  const onPath = (environment.PATH ?? '').split(delimiter).flatMap(folder => NAMES.map(name => join(folder, name)))
  return [...onPath, ...PLACES].find(path => existsSync(path))
}
