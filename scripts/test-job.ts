import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Counts, countOf, runProgram } from './run-tasks.ts'

/*
 * Checks and tests the job for Spark (spark/) in the Python environment that scripts/ensure-spark.ts made.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const programs = join(root, '.cache/spark', process.platform === 'win32' ? 'Scripts' : 'bin')
const job = {
  cwd: join(root, 'spark'),
  env: {
    ...process.env,
    PATH: `${programs}${delimiter}${process.env.PATH ?? ''}`,
    VIRTUAL_ENV: join(root, '.cache/spark'),
  },
}

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
  countOf((await runModule(print, module, args)) === 0)

/** As a module: the scripts beside the Python name the folder in which it was set up, and it was moved since. */
const runModule = (print: Print, module: string, args: string[]) =>
  runProgram(print, join(programs, 'python'), ['-m', module, ...args], job)

/** Runs the job's tests; a run that broke before it could report counts as one failure. */
export async function testJob(print: Print): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  try {
    const report = join(folder, 'report.xml')
    const parallel = ['-n', String(WORKERS), '--dist', 'loadfile', '--no-loadscope-reorder']
    const status = await runModule(print, 'pytest', ['-q', ...parallel, `--junitxml=${report}`])
    const suite = /<testsuite [^>]*>/.exec(readFileSync(report, 'utf8'))?.[0] ?? ''
    const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? Number.NaN)
    const failed = count('failures') + count('errors')
    const skipped = count('skipped')
    const passed = count('tests') - failed - skipped
    if (Number.isNaN(passed)) throw new Error(`pytest's report has no counts: ${suite}`)
    return { passed, failed: status !== 0 && failed === 0 ? 1 : failed, skipped }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
