import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { changedFile, UNPACKED_LIST, type UnpackedList } from '../electron/hosts/desktop/unpacked.ts'
import { findElectron, type PackagedAs, packagedProgram } from '../electron/hosts/find-electron.ts'

/*
 * Makes the runnable folder of the desktop program for this system, around the Electron that is here
 * (scripts/ensure-electron.ts sees to one), and prints its executable. Installers for other people are made with `npx
 * electron-builder`, which fetches what it needs for them.
 *
 * --old-electron  takes another Electron than package.json names, where that one cannot be had: for tests, never for
 * users
 * --driven        makes a second one beside it, which takes a debugging port, so that a test can drive its window
 */
const { values } = parseArgs({ options: { 'old-electron': { type: 'boolean' }, driven: { type: 'boolean' } } })
const root = fileURLToPath(new URL('..', import.meta.url))
const electron = findElectron(process.env)
if (!electron) fail('There is no Electron: run "node scripts/ensure-electron.ts" first.')
const dist = dirname(electron)
const version = readFileSync(join(dist, 'version'), 'utf8').trim().replace(/^v/, '')
const named: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.electron
if (version !== named && !values['old-electron'])
  fail(
    `package.json names Electron ${named}, and there is only ${version}: its Chromium and Node lack the security ` +
      `fixes since. Let GitHub be reached (or name the folder of ${named} with ELECTRON_OVERRIDE_DIST_PATH), or ` +
      'package with --old-electron, for tests only.',
  )

run('vite', ['build', '--app', '--logLevel', 'warn'])
await make('package', [])
if (values.driven)
  await make('driven', ['--config.directories.output=dist/driven', '--config.extraMetadata.driven=true'])

async function make(as: PackagedAs, options: string[]): Promise<void> {
  const electronOptions = [`--config.electronDist=${dist}`, `--config.electronVersion=${version}`]
  run('electron-builder', ['--dir', ...electronOptions, ...options, '--publish', 'never'])
  const program = packagedProgram(process.platform, process.arch, as)
  if (!existsSync(program)) fail(`electron-builder made no ${program}.`)
  const list = JSON.parse(readFileSync(join(root, UNPACKED_LIST), 'utf8')) as UnpackedList
  const resources = join(dirname(program), process.platform === 'darwin' ? '../Resources' : 'resources')
  const changed = await changedFile(resources, list)
  if (changed) fail(`The list of files beside the archive is wrong: ${changed}. See scripts/list-unpacked.ts.`)
  process.stdout.write(`Packaged with Electron ${version}${version === named ? '' : `, not ${named}`}: ${program}\n`)
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}

function fail(words: string): never {
  process.stderr.write(`${words}\n`)
  process.exit(1)
}
