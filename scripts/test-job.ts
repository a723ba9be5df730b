import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SparkVersion } from '../shared/job/spark-versions.ts'
import { environmentOf, NEWEST, OLDEST, programsOf } from './spark-environments.ts'

/*
 * Checks and tests the job for Spark (spark/) in the Python environments that scripts/ensure-spark.ts made.
 */
const folderOfJob = fileURLToPath(new URL('../spark', import.meta.url))

/** Each has a Spark of its own: a core and 2 GiB. */
const WORKERS = Math.min(availableParallelism(), 4)

export const JOB_CHECKS: [name: string, module: string, args: string[]][] = [
  ['format of the job', 'ruff', ['format', '--check', '.']],
  ['lint of the job', 'ruff', ['check', '.']],
  ['types of the job', 'mypy', []],
]

/** Runs one check of the job; true when it passed. */
export const checkJob = (module: string, args: string[]): boolean => runModule(OLDEST, module, args) === 0

/** As a module: the scripts beside the Python name the folder in which it was set up, and it was moved since. */
function runModule(version: SparkVersion, module: string, args: string[], more: Record<string, string> = {}) {
  const env = {
    ...process.env,
    ...more,
    PATH: `${programsOf(version)}${delimiter}${process.env.PATH ?? ''}`,
    VIRTUAL_ENV: environmentOf(version),
  }
  return spawnSync(join(programsOf(version), 'python'), ['-m', module, ...args], {
    cwd: folderOfJob,
    stdio: 'inherit',
    env,
  }).status
}

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Runs all of the job's tests on the oldest Spark, and those that tell versions apart on the newest. */
export function testJob(): Counts {
  // What goes from one version to the other is tested once, below.
  const oldest = runTests(OLDEST, ['--ignore=tests/test_versions.py'])
  const newest = runTests(NEWEST, ['-m', 'every_spark'], { SLUICE_OTHER_SPARK: join(programsOf(OLDEST), 'python') })
  return {
    passed: oldest.passed + newest.passed,
    failed: oldest.failed + newest.failed,
    skipped: oldest.skipped + newest.skipped,
  }
}

/** Runs tests of the job; a run that broke before it could report counts as one failure. */
function runTests(version: SparkVersion, which: string[], env: Record<string, string> = {}): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  try {
    const report = join(folder, 'report.xml')
    const parallel = ['-n', String(WORKERS), '--dist', 'loadfile', '--no-loadscope-reorder']
    process.stdout.write(`the job on Spark ${version}\n`)
    const status = runModule(version, 'pytest', ['-q', ...parallel, `--junitxml=${report}`, ...which], env)
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
