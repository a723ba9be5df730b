import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { RECORD_REQUESTS } from '../electron/hosts/child-environment.ts'
import { check, runTasks, type Task } from './run-tasks.ts'
import { checkJob, JOB_CHECKS, JOB_TESTS } from './test-job.ts'
import { testRequests } from './test-requests.ts'
import { runVitest } from './test-vitest.ts'

/*
 * The whole of `npm test`: every check runs, whatever failed before it, what failed is named at the end, and the last
 * line counts: "N passed, M failed, K skipped". A check of the tree counts as one, a test as one. What takes longest
 * comes first; the others fill the places that are free beside it.
 */
type Command = [name: string, command: string, args: string[]]

const PREPARATIONS: Command[] = [
  ['Electron', 'node', ['scripts/ensure-electron.ts']],
  ['Spark', 'node', ['scripts/ensure-spark.ts']],
  ['foreign clients', 'node', ['scripts/ensure-foreign-clients.ts']],
  ['browser', 'node', ['scripts/ensure-browser.ts']],
]
const PACKAGE: Command = ['build and package', 'node', ['scripts/package.ts', '--old-electron', '--driven']]
const CHECKS: Command[] = [
  ['format and lint', 'biome', ['ci', '.']],
  ['promises that nobody waits for', 'npm', ['run', '-s', 'promises']],
  ['types', 'tsc', ['-p', '.']],
  ['types of the page', 'tsc', ['-p', 'renderer']],
  ['types of the end-to-end tests', 'tsc', ['-p', 'test/e2e']],
  ['types of the desktop host', 'tsc', ['-p', 'electron/hosts/desktop']],
  ['layers', 'depcruise', ['--config', '.dependency-cruiser.cjs', 'electron', 'renderer', 'shared', 'test', 'scripts']],
  ['unused code', 'knip', []],
  ['lines of at most 120 columns', 'node', ['scripts/check-lines.ts']],
]

/** Where the tests have the sandbox record what Sluice sends: each process writes a file of its own. */
const records = mkdtempSync(join(tmpdir(), 'sluice-requests-'))
process.env[RECORD_REQUESTS] = records
process.on('exit', () => rmSync(records, { recursive: true, force: true }))
/** The groups of tests, after which what was sent is checked. */
const GROUPS = ['integration', 'e2e', 'unit and contract']

const taskOf = ([name, command, args]: Command, needs: string[] = []): Task => ({
  name,
  needs,
  places: 1,
  run: print => check(print, command, args),
})

const tasks: Task[] = [
  ...PREPARATIONS.map(command => taskOf(command)),
  taskOf(PACKAGE, ['Electron']),
  {
    name: 'integration',
    needs: ['Spark', 'foreign clients', PACKAGE[0]],
    places: 2,
    run: print => runVitest(print, ['integration']),
  },
  { name: 'e2e', needs: ['browser', PACKAGE[0]], places: 2, run: print => runVitest(print, ['e2e']) },
  ...JOB_TESTS.map(([name, run]): Task => ({ name, needs: ['Spark'], places: 2, run })),
  {
    name: 'unit and contract',
    needs: ['Spark', PACKAGE[0]],
    places: 2,
    run: print => runVitest(print, ['unit', 'contract']),
  },
  {
    name: 'requests to AWS',
    needs: [...GROUPS, 'foreign clients'],
    places: 1,
    run: print => testRequests(print, records),
  },
  ...CHECKS.map(command => taskOf(command)),
  ...JOB_CHECKS.map(
    ([name, module, args]): Task => ({
      name,
      needs: ['Spark'],
      places: 1,
      run: print => checkJob(print, module, args),
    }),
  ),
]

/** Two groups of tests side by side on two cores ran out of time in Electron and Spark: each has the machine alone. */
const places = Math.max(2, availableParallelism())
const { passed, failed, skipped, failures } = await runTasks(
  tasks,
  places,
  line => void process.stdout.write(`${line}\n`),
)
for (const name of failures) process.stdout.write(`FAILED: ${name}\n`)
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
process.exit(failed === 0 ? 0 : 1)
