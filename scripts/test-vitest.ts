import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { type Counts, runProgram } from './run-tasks.ts'

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { name: string; status: string; message?: string; assertionResults: VitestResult[] }[]
}

interface VitestResult {
  status: string
  fullName: string
  failureMessages?: string[]
}

/** The first line of what a failure says: with its name it is often enough to know what is wrong. */
const firstLine = (message = ''): string => message.split('\n', 1)[0]?.slice(0, 300) ?? ''

/** Runs projects of vitest; a run that broke before it could report counts as one failure. */
export async function runVitest(print: (line: string) => void, projects: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  try {
    const file = join(folder, 'report.json')
    const selected = projects.flatMap(project => ['--project', project])
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const status = await runProgram(print, 'vitest', ['run', ...selected, ...reporters])
    const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport
    const brokenFiles = report.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    )
    const failures = [
      ...brokenFiles.map(({ name, message }) => `${relative('.', name)}: ${firstLine(message)}`),
      ...report.testResults.flatMap(({ name, assertionResults }) =>
        assertionResults
          .filter(({ status }) => status === 'failed')
          .map(
            ({ fullName, failureMessages = [] }) =>
              `${relative('.', name)}: ${fullName}: ${firstLine(failureMessages[0])}`,
          ),
      ),
    ]
    const failed = report.numFailedTests + brokenFiles.length
    return {
      passed: report.numPassedTests,
      failed: status !== 0 && failed === 0 ? 1 : failed,
      skipped: report.numPendingTests + report.numTodoTests,
      failures,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
