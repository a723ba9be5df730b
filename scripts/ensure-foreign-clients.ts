import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/*
 * Installs the AWS CLI and boto3, of the versions in test/integration/foreign-clients.txt, into a Python environment of
 * our own below .cache/: the tests ask them to talk to the sandbox. Does nothing when they are there.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const requirements = join(root, 'test/integration/foreign-clients.txt')
const folder = join(root, '.cache/foreign-clients')
const stamp = join(folder, 'installed')
const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  run(
    'python3',
    ['-m', 'venv', folder],
    'Install Python 3.9 or later with its venv module (Debian: apt-get install python3-venv).',
  )
  run(
    join(folder, 'bin/python'),
    ['-m', 'pip', 'install', '--quiet', '--requirement', requirements],
    'PyPI must be within reach.',
  )
  writeFileSync(stamp, wanted)
}

function run(command: string, args: string[], hint: string): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (status === 0) return
  process.stderr.write(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}. ${hint}\n`)
  process.exit(1)
}
