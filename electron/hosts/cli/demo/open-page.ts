import { existsSync } from 'node:fs'
import { hasDisplay, openInBrowser } from '../../display.ts'
import { projectPath } from '../../project.ts'
import { serveWeb } from '../../web/serve-web.ts'
import type { Session } from '../session.ts'
import type { Display } from './display.ts'

/** Shows the running demo in the console, on the demo's own core, where there is a display; returns what ends that. */
export async function openPage(session: Session, display: Display): Promise<() => Promise<void>> {
  const folder = projectPath('dist/renderer')
  if (!hasDisplay(process.env, process.platform) || !existsSync(folder)) return async () => undefined
  const server = await serveWeb({ folder, port: 0, onLink: session.serve, log: line => display.line(`  ! ${line}`) })
  await session.setAddress(new URL('/', server.url).href)
  display.line(`Console: ${server.url}`)
  openInBrowser(server.url, process.platform, words => display.line(`  ! it could not be opened by itself: ${words}`))
  return () => server.close()
}
