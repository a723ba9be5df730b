import { existsSync } from 'node:fs'
import { hasDisplay, openInBrowser } from '../../display.ts'
import { addressFile } from '../../open-address.ts'
import { projectPath } from '../../project.ts'
import { newAddressHelp, offerNewAddress } from '../../web/new-address.ts'
import { serveWeb } from '../../web/serve-web.ts'
import type { Session } from '../session.ts'
import type { Display } from './display.ts'

/** Shows the running demo in the console, on the demo's own core, where there is a display; returns what ends that. */
export async function openPage(
  session: Session,
  { pipeline, display, data }: { pipeline: string | undefined; display: Display; data: string },
): Promise<() => Promise<void>> {
  const folder = projectPath('dist/renderer')
  if (!hasDisplay(process.env, process.platform) || !existsSync(folder)) return async () => undefined
  const howToGetIn = newAddressHelp(process.stdin.isTTY, process)
  let removeFile: (() => void) | undefined
  const server = await serveWeb({
    folder,
    port: 0,
    howToGetIn,
    ...(pipeline !== undefined && { view: `/#/home?pipeline=${pipeline}` }),
    onLink: session.serve,
    log: line => display.line(`  ! ${line}`),
    onTokenUsed: () => removeFile?.(),
  })
  await session.setAddress(new URL('/', server.url).href)
  display.line(`Console: ${server.url} (lets one browser in, once)`)
  display.line(`  ${howToGetIn}`)
  const opened = await addressFile(data, server.url)
  removeFile = opened.remove
  const endOffer = offerNewAddress(server, process.stdin, line => display.line(line))
  openInBrowser(opened.url, process, words => display.line(`  ! it could not be opened by itself: ${words}`))
  return async () => {
    endOffer()
    opened.remove()
    await server.close()
  }
}
