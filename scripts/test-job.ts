import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SparkVersion } from '../shared/job/spark-versions.ts'
import { type Counts, countOf, runProgram } from './run-tasks.ts'
import { environmentOf, NEWEST, OLDEST, programsOf } from './spark-environments.ts'

/*
 * Checks and tests the job for Spark (spark/) in the Python environments that scripts/ensure-spark.ts made.
 */
const folderOfJob = fileURLToPath(new URL('../spark', import.meta.url))

type Print = (line: string) => void

/** Each has a Spark of its own: a core and 2 GiB. */
const WORKERS = Math.min(availableParallelism(), 4)

export const JOB_CHECKS: [name: string, module: string, args: string[]][] = [
  ['format of the job', 'ruff', ['format', '--check', '.']],
  ['lint of the job', 'ruff', ['check', '.']],
  ['types of the job', 'mypy', []],
]

/** Runs one check of the job. */
export const checkJob = async (print: Print, module: string, args: string[]): Promise<Counts> =>
  countOf((await runModule(print, OLDEST, module, args)) === 0)

/** As a module: the scripts beside the Python name the folder in which it was set up, and it was moved since. */
function runModule(
  print: Print,
  version: SparkVersion,
  module: string,
  args: string[],
  more: Record<string, string> = {},
): Promise<number | null> {
  const env = {
    ...process.env,
    ...more,
    PATH: `${programsOf(version)}${delimiter}${process.env.PATH ?? ''}`,
    VIRTUAL_ENV: environmentOf(version),
  }
  return runProgram(print, join(programsOf(version), 'python'), ['-m', module, ...args], { cwd: folderOfJob, env })
}

/**
 * All of the job's tests on the oldest Spark, and those that distinguish versions on the newest. What goes from one
 * version to the other is tested once, on the newest.
 */
export const JOB_TESTS: [name: string, run: (print: Print) => Promise<Counts>][] = [
  ['tests of the job', print => runTests(print, OLDEST, ['--ignore=tests/test_versions.py'])],
  [`tests of the job on Spark ${NEWEST}`, print => testOnSpark(print, NEWEST)],
]

/** The tests that tell versions of Spark apart, on one of them; checkpoints go to the oldest and back. */
export function testOnSpark(print: Print, version: SparkVersion, workers = WORKERS): Promise<Counts> {
  const other = version === OLDEST ? NEWEST : OLDEST
  const env = { SLUICE_OTHER_SPARK: join(programsOf(other), 'python') }
  return runTests(print, version, ['-m', 'every_spark'], env, workers)
}

/** Runs tests of the job; a run that broke before it could report counts as one failure. */
async function runTests(
  print: Print,
  version: SparkVersion,
  which: string[],
  env: Record<string, string> = {},
  workers = WORKERS,
): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  try {
    const report = join(folder, 'report.xml')
    const parallel = ['-n', String(workers), '--dist', 'loadfile', '--no-loadscope-reorder']
    const options = ['-q', ...parallel, `--junitxml=${report}`, ...which]
    const status = await runModule(print, version, 'pytest', options, env)
    const cases = readFileSync(report, 'utf8')
    const suite = /<testsuite [^>]*>/.exec(cases)?.[0] ?? ''
    const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? Number.NaN)
    const failed = count('failures') + count('errors')
    const skipped = count('skipped')
    const passed = count('tests') - failed - skipped
    if (Number.isNaN(passed)) throw new Error(`pytest's report has no counts: ${suite}`)
    const failures = Array.from(
      cases.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"[^>]*>\s*<(?:failure|error)\b/g),
      ([, place, name]) => `${place}: ${name}`,
    )
    return { passed, failed: status !== 0 && failed === 0 ? 1 : failed, skipped, failures }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
