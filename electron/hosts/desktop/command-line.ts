import { resolve } from 'node:path'

/**
 * What the packaged program takes on its command line. Every other switch is refused, for Chromium and V8 know hundreds
 * that open it to others (--remote-debugging-port, --load-extension, --proxy-server, --host-resolver-rules,
 * --js-flags), and new ones with each release. Electron runs the main script before Chromium opens what they ask for.
 */
const KNOWN = new Set([
  'data',
  'pipelines',
  'ozone-platform',
  'ozone-platform-hint',
  'disable-gpu',
  'force-device-scale-factor',
  'lang',
])
/** As root Chromium's own sandbox cannot be set up; for nobody else is it switched off. */
const OF_ROOT = 'no-sandbox'
/** macOS gives a process that Finder started a serial number. */
const OF_FINDER = /^psn_\d+_\d+$/

export interface WhereItRuns {
  platform: NodeJS.Platform
  isRoot: boolean
}

/**
 * The first switch that the packaged program does not take, as it was written; undefined when there is none. Read as
 * Chromium does (base/command_line.cc).
 */
export function refusedSwitch(args: readonly string[], { platform, isRoot }: WhereItRuns): string | undefined {
  const prefix = platform === 'win32' ? /^(--|-|\/)(?=.)/ : /^(--|-)(?=.)/
  for (const arg of args) {
    if (arg === '--') return undefined
    if (!prefix.test(arg)) continue
    const [name = ''] = arg.replace(prefix, '').split('=')
    const known = KNOWN.has(name) || (name === OF_ROOT && isRoot) || (platform === 'darwin' && OF_FINDER.test(name))
    if (!known) return arg
  }
  return undefined
}

/** Why it is refused, and what to do. */
export const refusalText = (flag: string): string =>
  `Sluice does not start with ${flag.split('=')[0]}: the packaged program takes only ` +
  `${[...KNOWN].map(name => `--${name}`).join(', ')}. ` +
  'Debugging ports, extensions, proxies and flags of V8 would let other programs into it; a development build ' +
  'takes them (CONTRIBUTING.md).'

/** The folders of specs that a command line names, each with a `--pipelines=` of its own, as whole paths. */
export const specFolders = (args: readonly string[]): string[] =>
  args.filter(arg => arg.startsWith(SPECS)).map(arg => resolve(arg.slice(SPECS.length)))
const SPECS = '--pipelines='
