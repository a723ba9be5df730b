import { describe, expect, it } from 'vitest'
import { failureDetails } from '../../../electron/sandbox/emr/failure-details.ts'

const of = (stderr: string, change: { exitCode?: number | null; signal?: string | null } = {}) =>
  failureDetails({ exitCode: 1, signal: null, logFile: 's3://logs/stderr.gz', ...change, stderr })

describe('the reason of a failed step', () => {
  it.each([
    [
      'Node',
      'file.js:1\nthrow x\n^\n\nTypeError: x is not a function\n    at main (file.js:1:2)\n\nNode.js v24\n',
      'TypeError',
      'x is not a function',
    ],
    ['a plain error of Node', 'Error: boom\n    at x\n', 'Error', 'boom'],
    ['an error of Node with a code', 'Error [ERR_X]: boom\n', 'Error', 'boom'],
    [
      'Python',
      'Traceback (most recent call last):\n  File "a.py", line 1\nbotocore.exceptions.ClientError: denied\n',
      'botocore.exceptions.ClientError',
      'denied',
    ],
    [
      'Java, where the cause stands last',
      'Exception in thread "main" org.apache.spark.SparkException: Job aborted\n\tat a.b(C.java)\nCaused by: ' +
        'java.io.FileNotFoundException: s3://b/k\n\t... 3 more\n',
      'java.io.FileNotFoundException',
      's3://b/k',
    ],
  ])('is the last exception of %s', (_what, stderr, reason, text) => {
    expect(of(stderr)).toEqual({ reason, message: `${reason}: ${text}`, logFile: 's3://logs/stderr.gz' })
  })

  it('is unknown without one, and the last lines are the message', () => {
    expect(of('1\n2\n\n3\n4\n')).toMatchObject({ reason: 'Unknown Error.', message: '2\n3\n4' })
    expect(of('no Error here: at all\n').reason).toBe('Unknown Error.')
  })

  it('names the exit code of a program that said nothing, and the signal of one that was killed', () => {
    expect(of('', { exitCode: 3 }).message).toBe('The step ended with exit code 3.')
    expect(of('Error: earlier\n', { exitCode: null, signal: 'SIGKILL' }).message).toBe(
      "The step's process was killed by SIGKILL.",
    )
  })

  it('has at most a thousand characters', () => {
    expect(of(`Error: ${'x'.repeat(5_000)}\n`).message).toHaveLength(1_003)
  })
})
