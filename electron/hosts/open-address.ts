import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { coreFolder } from './data-folder.ts'

/**
 * A file that leads a browser to an address with a secret in it. Every program of the machine can read the arguments of
 * every other: so the browser is started with the path of this file, which only its user can read, as Jupyter does
 * (jupyter_server/serverapp.py, `use_redirect_file`). `remove` it when it was used.
 */
export async function addressFile(data: string, url: string): Promise<{ url: string; remove: () => void }> {
  const folder = coreFolder(data)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `open-${randomBytes(6).toString('hex')}.html`)
  await writeFile(file, pageTo(url), { mode: 0o600, flag: 'wx' })
  return { url: pathToFileURL(file).href, remove: () => rmSync(file, { force: true }) }
}

/** The address is of our own making and has no character that HTML reads otherwise. */
const pageTo = (url: string): string =>
  `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url=${url}">
<title>Sluice</title>
<a href="${url}">Open the console</a>
`
