import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/*
 * Checks and tests the job for Spark (spark/) in the Python environment that scripts/ensure-spark.ts made.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const programs = join(root, '.cache/spark', process.platform === 'win32' ? 'Scripts' : 'bin')
const job = {
  cwd: join(root, 'spark'),
  stdio: 'inherit' as const,
  env: {
    ...process.env,
    PATH: `${programs}${delimiter}${process.env.PATH ?? ''}`,
    VIRTUAL_ENV: join(root, '.cache/spark'),
  },
}

/** Each has a Spark of its own: a core and 2 GiB. */
const WORKERS = Math.min(availableParallelism(), 4)

export const JOB_CHECKS: [name: string, module: string, args: string[]][] = [
  ['format of the job', 'ruff', ['format', '--check', '.']],
  ['lint of the job', 'ruff', ['check', '.']],
  ['types of the job', 'mypy', []],
]

/** Runs one check of the job; true when it passed. */
export const checkJob = (module: string, args: string[]): boolean => runModule(module, args) === 0

/** As a module: the scripts beside the Python name the folder in which it was set up, and it was moved since. */
const runModule = (module: string, args: string[]) =>
  spawnSync(join(programs, 'python'), ['-m', module, ...args], job).status

/** Runs the job's tests; a run that broke before it could report counts as one failure. */
export function testJob(): { passed: number; failed: number; skipped: number } {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  try {
    const report = join(folder, 'report.xml')
    const parallel = ['-n', String(WORKERS), '--dist', 'loadfile', '--no-loadscope-reorder']
    const status = runModule('pytest', ['-q', ...parallel, `--junitxml=${report}`])
    const suite = /<testsuite [^>]*>/.exec(readFileSync(report, 'utf8'))?.[0] ?? ''
    const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? Number.NaN)
    const failed = count('failures') + count('errors')
    const skipped = count('skipped')
    const passed = count('tests') - failed - skipped
    if (Number.isNaN(passed)) throw new Error(`pytest's report has no counts: ${suite}`)
    return { passed, failed: status !== 0 && failed === 0 ? 1 : failed, skipped }
  } catch (error) {
    process.stdout.write(`pytest left no report: ${String(error)}\n`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
