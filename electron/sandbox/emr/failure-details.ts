import type { StepFailure } from './cluster.ts'

const MESSAGE_LENGTH = 1_000

/**
 * `java.lang.IllegalStateException: no such table` or `TypeError: x is not a function`, also after `Exception in thread
 * "main"`.
 */
const EXCEPTION_NAME = String.raw`(?:[A-Za-z_$][\w$]*\.)*(?:[A-Z][\w$]*)?(?:Error|Exception)`
const EXCEPTION = new RegExp(
  String.raw`^(?:Exception in thread "[^"]*" |Caused by: |Uncaught )?(${EXCEPTION_NAME})\b` +
    String.raw`(?: \[[A-Z_]+\])?(?::\s*(.*))?$`,
)

/**
 * Why a step failed, as EMR's FailureDetails say it: the exception that stands last in its stderr is the reason, else
 * the reason is `Unknown Error.` and the last lines of stderr are the message.
 */
export function failureDetails(spec: {
  exitCode: number | null
  signal: string | null
  stderr: string
  logFile: string | undefined
}): StepFailure {
  const { exitCode, signal, stderr } = spec
  const place = spec.logFile === undefined ? {} : { logFile: spec.logFile }
  if (signal !== null)
    return { reason: 'Unknown Error.', message: `The step's process was killed by ${signal}.`, ...place }
  const lines = stderr
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  for (const line of lines.toReversed().slice(0, 200)) {
    const [, name, message] = EXCEPTION.exec(line) ?? []
    if (name) return { reason: name, message: cut(message ? `${name}: ${message}` : name), ...place }
  }
  const last = lines.slice(-3).join('\n')
  return { reason: 'Unknown Error.', message: cut(last || `The step ended with exit code ${exitCode}.`), ...place }
}

const cut = (text: string): string => (text.length > MESSAGE_LENGTH ? `${text.slice(0, MESSAGE_LENGTH)}...` : text)
