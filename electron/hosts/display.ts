import { spawn } from 'node:child_process'
import { childEnvironment } from './child-environment.ts'

/** Whether a window can be seen here. */
export const hasDisplay = (environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean =>
  platform !== 'linux' || Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY)

const OPENERS: Partial<Record<NodeJS.Platform, [command: string, ...args: string[]]>> = {
  darwin: ['open'],
  win32: ['cmd'],
  linux: ['xdg-open'],
}

/**
 * Opens an address in the user's browser. It becomes an argument, which every program of the machine can read: it must
 * hold no secret (`addressFile` leads to one that does). `onFailure` is called when there is no way to.
 */
export function openInBrowser(
  url: string,
  { env, platform }: { env: NodeJS.ProcessEnv; platform: NodeJS.Platform },
  onFailure: (words: string) => void,
): void {
  const [command = 'xdg-open', ...args] = OPENERS[platform] ?? ['xdg-open']
  const isCmd = platform === 'win32'
  // Between quotes an & of the address is no end of the command; the address is percent-encoded, so it has no quote.
  const child = spawn(command, isCmd ? ['/c', 'start', '""', `"${url}"`] : [...args, url], {
    stdio: 'ignore',
    detached: true,
    windowsHide: true,
    windowsVerbatimArguments: isCmd,
    env: childEnvironment('browser', env),
  })
  child.once('error', error => onFailure(error.message))
  child.unref()
}
