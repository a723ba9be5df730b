import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkJob, JOB_CHECKS, testJob } from './test-job.ts'

/*
 * The whole of `npm test`: every check runs, whatever failed before it, and the last line counts them:
 * "N passed, M failed, K skipped". A check of the tree counts as one, a test as one.
 */
const CHECKS: [name: string, command: string, args: string[]][] = [
  ['format and lint', 'biome', ['ci', '.']],
  ['promises that nobody waits for', 'npm', ['run', '-s', 'promises']],
  ['types', 'tsc', ['-p', '.']],
  ['types of the page', 'tsc', ['-p', 'renderer']],
  ['types of the end-to-end tests', 'tsc', ['-p', 'test/e2e']],
  ['types of the desktop host', 'tsc', ['-p', 'electron/hosts/desktop']],
  ['layers', 'depcruise', ['--config', '.dependency-cruiser.cjs', 'electron', 'renderer', 'shared', 'test', 'scripts']],
  ['unused code', 'knip', []],
]
const PREPARATIONS: [name: string, command: string, args: string[]][] = [
  ['foreign clients', 'node', ['scripts/ensure-foreign-clients.ts']],
  ['Spark', 'node', ['scripts/ensure-spark.ts']],
  ['browser', 'node', ['scripts/ensure-browser.ts']],
  ['Electron', 'node', ['scripts/ensure-electron.ts']],
  ['build and package', 'node', ['scripts/package.ts', '--old-electron', '--driven']],
]

interface Counts {
  passed: number
  failed: number
  skipped: number
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 }

const runHere = (command: string, args: string[]) => spawnSync(command, args, { stdio: 'inherit' }).status === 0
for (const [name, command, args] of [...CHECKS, ...PREPARATIONS]) check(name, () => runHere(command, args))
for (const [name, module, args] of JOB_CHECKS) check(name, () => checkJob(module, args))

for (const run of [testJob, runVitest]) {
  const counts = run()
  total.passed += counts.passed
  total.failed += counts.failed
  total.skipped += counts.skipped
}

process.stdout.write(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`,
)
process.exit(total.failed === 0 ? 0 : 1)

function check(name: string, run: () => boolean): void {
  const seconds = startTimer()
  const passed = run()
  process.stdout.write(`${passed ? 'ok' : 'FAILED'}: ${name} (${seconds()} s)\n`)
  if (passed) total.passed++
  else total.failed++
}

/** Runs every vitest project; a run that broke before it could report counts as one failure. */
function runVitest(): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  try {
    const report = join(folder, 'report.json')
    const { status } = spawnSync(
      'vitest',
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      {
        stdio: 'inherit',
      },
    )
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    )
    const brokenFiles = testResults.filter((file: { status: string; assertionResults: unknown[] }) => {
      return file.status === 'failed' && file.assertionResults.length === 0
    }).length
    const failed = numFailedTests + brokenFiles
    return {
      passed: numPassedTests,
      failed: status !== 0 && failed === 0 ? 1 : failed,
      skipped: numPendingTests + numTodoTests,
    }
  } catch (error) {
    process.stdout.write(`vitest left no report: ${String(error)}\n`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function startTimer(): () => string {
  const startedAt = performance.now()
  return () => ((performance.now() - startedAt) / 1000).toFixed(1)
}
