import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findElectron, packagedProgram } from '../electron/hosts/find-electron.ts'

/*
 * Makes the runnable folder of the desktop program for this system, around the Electron that is here (scripts/ensure-electron.ts sees to one), and
 * prints its executable. Installers for other people are made with `npx electron-builder`, which fetches what it needs for them.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const electron = findElectron(process.env)
if (!electron) throw new Error('There is no Electron: run "node scripts/ensure-electron.ts" first')
const dist = dirname(electron)
const version = readFileSync(join(dist, 'version'), 'utf8').trim().replace(/^v/, '')

run('vite', ['build', '--app', '--logLevel', 'warn'])
run('electron-builder', ['--dir', `--config.electronDist=${dist}`, `--config.electronVersion=${version}`, '--publish', 'never'])
const program = packagedProgram(process.platform, process.arch)
if (!existsSync(program)) throw new Error(`electron-builder made no ${program}`)
process.stdout.write(`Packaged with Electron ${version}: ${program}\n`)

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}
