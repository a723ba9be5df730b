import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/*
 * Runs the end-to-end suite in Chromium and takes the pictures it made of every page, in light and dark, into the
 * documentation.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const made = join(root, 'dist/pictures')
const kept = join(root, 'docs/pictures')
const SIZE = '-1280-'

rmSync(made, { recursive: true, force: true })
const { status } = spawnSync('vitest', ['run', 'test/e2e/web.test.ts'], { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)
rmSync(kept, { recursive: true, force: true })
mkdirSync(kept, { recursive: true })
const pictures = readdirSync(made).filter(name => name.includes(SIZE))
for (const name of pictures) copyFileSync(join(made, name), join(kept, name.replace(SIZE, '-')))
process.stdout.write(`${pictures.length} pictures in docs/pictures\n`)
