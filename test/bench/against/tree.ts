import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CleanUp } from './clean-up.ts'
import { end } from './end.ts'

/** A checked-out revision that can be run. */
export interface Tree {
  /** For the reader of the report. */
  label: string
  root: string
  commit: string
  /** There are changes that no commit has. */
  changed: boolean
}

const HERE = fileURLToPath(new URL('../../..', import.meta.url))
/** Of a program that failed, so much of what it said last is shown. */
const SHOWN_CHARACTERS = 2_000

/** This working tree, as it is. */
export const thisTree = (): Tree => ({
  label: 'this tree',
  root: HERE,
  commit: git(['rev-parse', 'HEAD']),
  changed: git(['status', '--porcelain', '--untracked-files=no']) !== '',
})

/**
 * Checks a revision out into a temporary folder. It shares this tree's node_modules when its lock file is the same, and
 * has those of `npm ci` otherwise.
 * @throws Error when there is no such revision
 */
export async function checkOut(revision: string, cleanUp: CleanUp, say: (text: string) => void): Promise<Tree> {
  const commit = commitOf(revision)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-against-'))
  const root = join(folder, 'tree')
  await cleanUp.add(async () => {
    git(['worktree', 'remove', '--force', root])
    await rm(folder, { recursive: true, force: true })
  })
  git(['worktree', 'add', '--detach', '--quiet', root, commit])
  const tree: Tree = { label: revision, root, commit, changed: false }
  if (await isSame(tree, 'package-lock.json')) await symlink(join(HERE, 'node_modules'), join(root, 'node_modules'))
  else {
    say(`${revision} has a package-lock.json of its own: npm ci`)
    await runIn(tree, cleanUp, 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  }
  return tree
}

/** Builds the console of a tree. */
export const build = (tree: Tree, cleanUp: CleanUp): Promise<string> =>
  runIn(tree, cleanUp, 'npm', ['run', '-s', 'build'])

/**
 * Where the Spark of a tree is: this tree's own when both name the same packages, else set up in the tree by its own
 * script.
 */
export async function sparkFolder(tree: Tree, cleanUp: CleanUp): Promise<string> {
  const packages = ['spark/requirements.txt', 'spark/requirements-dev.txt']
  const same = (await Promise.all(packages.map(file => isSame(tree, file)))).every(Boolean)
  const owner = same ? { ...tree, root: HERE } : tree
  await runIn(owner, cleanUp, 'node', ['scripts/ensure-spark.ts'])
  return join(owner.root, '.cache/spark')
}

/** Runs a program of a tree to its end; its stdout. @throws Error with its last words when it failed */
export async function runIn(
  tree: Tree,
  cleanUp: CleanUp,
  command: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const child = spawn(command, args, {
    cwd: tree.root,
    env: { ...environmentOf(tree), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const forget = await cleanUp.add(() => end(child))
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  await forget()
  if (code !== 0) {
    const output = `${stdout}\n${stderr}`.trim().slice(-SHOWN_CHARACTERS)
    throw new Error(`${tree.label}: ${command} ${args.slice(0, 3).join(' ')} ended with ${code}:\n${output}`)
  }
  return stdout
}

/** Any key is fine with a sandbox that knows the option, and with the older ones that do not. */
export async function anyKeyOption(tree: Tree, cleanUp: CleanUp, command: string): Promise<string[]> {
  const help = await runIn(tree, cleanUp, process.execPath, ['bin/sluice.mjs', command, '--help'])
  return help.includes('--any-key') ? ['--any-key'] : []
}

/** A tree's own programs come first. */
export const environmentOf = ({ root }: Tree): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [join(root, 'node_modules/.bin'), join(root, 'node_modules/node/bin'), process.env.PATH].join(delimiter),
})

const git = (args: string[]): string => execFileSync('git', args, { cwd: HERE, encoding: 'utf8' }).trim()

function commitOf(revision: string): string {
  try {
    return git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])
  } catch (error) {
    throw new Error(`--against ${revision}: git knows no such commit`, { cause: error })
  }
}

async function isSame({ root }: Tree, file: string): Promise<boolean> {
  const read = (folder: string) => readFile(join(folder, file), 'utf8').catch(() => undefined)
  return (await read(root)) === (await read(HERE))
}
