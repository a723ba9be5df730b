import type { LogLine, StepCause } from '../../../../shared/features/jobs.ts'
import { type KnownFailure, sentence } from '../../errors/known-failure.ts'
import { type Gone, goneBy, lastLineOf } from './consequences.ts'
import { exceptionsIn, type LoggedException } from './exceptions.ts'
import { EXIT_CODES, KNOWN_FAILURES } from './known.ts'

/** The texts of a step's logs; what is not there is empty. */
export interface StepLogs {
  stdout: string
  stderr: string
  controller: string
}

/** A file's end, from the last batch that went well on: what was survived before is not what ended the job. */
interface Ending {
  file: 'stdout' | 'stderr'
  /** Lines before it: numbers of lines are of the whole file. */
  offset: number
  lines: string[]
  /** Those that say something of their own. */
  exceptions: LoggedException[]
  /** Those that only say that another process of the job is gone. */
  consequences: { gone: Gone; exception: LoggedException }[]
}

const WENT_WELL = /made progress: batch|Streaming query made progress/
const MOST_LINES = 3_000
const SHOWN = 400
/** Lines of log4j that report trouble, without an exception of their own. */
const TROUBLE = /\b(?:ERROR|FATAL|WARN)\b/

const KILLED = 137

/**
 * Why a step failed. What is known is searched in the last exception and those around it, then in the lines of
 * trouble; the exit code says what the log does not. A process that was killed says nothing: then the others' last
 * words are left out, and the exit code decides. spark-submit sends what Python writes on its stderr to stdout, so the
 * two are read alike.
 */
export function causeOf(logs: StepLogs): StepCause {
  const endings = (['stdout', 'stderr'] as const).map(file => endingOf(file, logs[file]))
  const exit = exitOf(logs.controller)
  const last = lastException(endings)
  const base = last && {
    exception: `${last.exception.type}${last.exception.message ? `: ${last.exception.message}` : ''}`.slice(0, SHOWN),
    ...(last.at !== undefined && { at: last.at }),
  }
  const evidenceOfLast = last ? [lineOf(last.ending, last.exception.line)] : []

  const known = findKnown(endings)
  if (exit?.code === KILLED && known?.failure.kind !== 'out-of-memory') return killed(endings, exit)
  if (known) {
    const { failure, found, ending, line } = known
    return {
      kind: failure.kind,
      said: failure.said(found),
      next: failure.next,
      ...base,
      evidence: unique([lineOf(ending, line), ...evidenceOfLast]),
    }
  }
  const lost = goneOf(endings, 'stream-source')
  if (lost) return { ...STREAM_SOURCE_GONE, evidence: [lineOf(lost.ending, lost.line)] }
  const code = exit && EXIT_CODES[exit.code]
  if (code) {
    const words = endings.map(lastWords).find(Boolean)
    const ours = exit.code <= 5 && words ? sentence(words.text) : code.said
    return {
      kind: code.kind,
      said: ours,
      next: code.next,
      ...base,
      evidence: unique([...(words ? [words] : []), exit.evidence]),
    }
  }
  if (last) {
    const { type, message } = last.exception
    return {
      kind: 'exception',
      said: message ? sentence(`${shortName(type)}: ${message}`) : sentence(type),
      next: 'See the lines above it in the log. The job may be started again: it goes on from its checkpoint.',
      ...base,
      evidence: evidenceOfLast,
    }
  }
  const gone = goneOf(endings, 'java') ?? goneOf(endings, 'python')
  if (gone)
    return {
      ...DRIVER_GONE,
      said: `${processOf(gone.gone)} went away: it was killed, or crashed.`,
      evidence: [lineOf(gone.ending, gone.line)],
    }
  const words = endings.map(lastWords).find(Boolean)
  return {
    kind: 'unknown',
    said: words
      ? sentence(words.text)
      : exit
        ? `The step ended with exit code ${exit.code} and said nothing.`
        : 'The logs do not say why.',
    next: 'See the controller log of the step.',
    evidence: unique([...(words ? [words] : []), ...(exit ? [exit.evidence] : [])]),
  }
}

const DRIVER_GONE = {
  kind: 'killed',
  next: 'Check the memory of the node; a job that is started again goes on from its checkpoint.',
} as const
const STREAM_SOURCE_GONE = {
  kind: 'python-worker',
  said: 'The stream source, a Python process beside the driver, ended unexpectedly: it was killed, or crashed.',
  next:
    'Check the memory of the node: the source reads ahead of the batches. The job may be started again: it goes on ' +
    'from its checkpoint.',
} as const
const processOf = (gone: Gone | undefined): string =>
  gone === 'java' ? "The driver's Java" : gone === 'python' ? "The driver's Python" : 'The job'

/** The newest word of a process that is gone. */
function goneOf(endings: readonly Ending[], gone: Gone) {
  for (const ending of endings) {
    const found = ending.consequences.findLast(entry => entry.gone === gone)
    if (found) return { gone, ending, line: found.exception.line }
  }
  return undefined
}

/** A kill from outside; what the shell said of it, and what another process of the job said, go with it. */
function killed(endings: readonly Ending[], exit: { evidence: LogLine }): StepCause {
  const gone = goneOf(endings, 'java') ?? goneOf(endings, 'python')
  const shell = endings.flatMap(ending => {
    const place = ending.lines.lastIndexOf('Killed')
    return place < 0 ? [] : [lineOf(ending, place)]
  })
  return {
    ...DRIVER_GONE,
    said: `${processOf(gone?.gone)} was killed (SIGKILL): most often because the machine ran out of memory.`,
    evidence: unique([exit.evidence, ...shell, ...(gone ? [lineOf(gone.ending, gone.line)] : [])]),
  }
}

function endingOf(file: Ending['file'], text: string): Ending {
  const all = text.split('\n')
  const well = all.findLastIndex(line => WENT_WELL.test(line))
  const offset = Math.max(well + 1, all.length - MOST_LINES)
  const lines = all.slice(offset)
  const found = exceptionsIn(lines).map(exception => ({ exception, gone: goneBy(lines, exception) }))
  return {
    file,
    offset,
    lines,
    exceptions: found.flatMap(({ exception, gone }) => (gone === undefined ? [exception] : [])),
    consequences: found.flatMap(({ exception, gone }) => (gone === undefined ? [] : [{ exception, gone }])),
  }
}

/**
 * The last exception of the log that holds a traceback of Python, which is the driver's; where there is none, of the
 * one that has any. The job's own frame may be of an earlier one: what fails in Java was asked for by Python.
 */
function lastException(
  endings: readonly Ending[],
): { ending: Ending; exception: LoggedException; at: string | undefined } | undefined {
  const withAny = endings.filter(ending => ending.exceptions.length > 0)
  const ending =
    withAny.find(({ exceptions }) => exceptions.some(exception => exception.language === 'python')) ?? withAny.at(-1)
  const exception = ending?.exceptions.at(-1)
  if (!ending || !exception) return undefined
  return { ending, exception, at: ending.exceptions.findLast(entry => entry.at !== undefined)?.at }
}

function findKnown(endings: readonly Ending[]) {
  const places = endings.flatMap(ending => tellingLines(ending).map(line => ({ ending, line })))
  for (const failure of KNOWN_FAILURES) {
    const matches = places.flatMap(({ ending, line }) => {
      const found = failure.pattern.exec(ending.lines[line] ?? '')
      return found ? [{ failure, found, ending, line }] : []
    })
    const best = matches.at(-1)
    if (best) return best satisfies { failure: KnownFailure }
  }
  return undefined
}

/**
 * Lines that may say why: of exceptions, of trouble, and the last words; not what is said only because another process
 * is gone.
 */
function tellingLines({ lines, exceptions, consequences }: Ending): number[] {
  const telling = new Set<number>()
  for (const { firstLine, line } of exceptions)
    for (let place = firstLine; place <= Math.min(line + 5, lines.length - 1); place++) telling.add(place)
  lines.forEach((line, place) => {
    if (TROUBLE.test(line) || /^(?:Caused by|[\w.]*(?:Error|Exception)\b)/.test(line)) telling.add(place)
  })
  let words = 0
  for (let place = lines.length - 1; place >= 0 && words < 5; place--) {
    if (!lines[place]?.trim()) continue
    telling.add(place)
    words++
  }
  for (const { exception } of consequences)
    for (let place = exception.firstLine; place <= lastLineOf(lines, exception); place++) telling.delete(place)
  return [...telling].sort((a, b) => a - b)
}

/** The last line that is more than a farewell. */
function lastWords({ file, offset, lines }: Ending): LogLine | undefined {
  const place = lines.findLastIndex(line => line.trim() !== '' && !/ShutdownHookManager|incubator modules/.test(line))
  return place < 0 ? undefined : { file, line: offset + place + 1, text: (lines[place] ?? '').trim().slice(0, SHOWN) }
}

const lineOf = (ending: Ending, place: number): LogLine => ({
  file: ending.file,
  line: ending.offset + place + 1,
  text: (ending.lines[place] ?? '').trim().slice(0, SHOWN),
})

const unique = (lines: readonly LogLine[]): LogLine[] =>
  lines.filter(
    (line, place) => lines.findIndex(other => other.file === line.file && other.line === line.line) === place,
  )

/** `PythonException` of `org.apache.spark.api.python.PythonException`. */
const shortName = (type: string): string => type.split('.').at(-1) ?? type

/** What EMR's step controller says of the end: `waitProcessCompletion ended with exit code 1 : hadoop jar ...`. */
function exitOf(controller: string): { code: number; evidence: LogLine } | undefined {
  const lines = controller.split('\n')
  const place = lines.findLastIndex(line => /ended with exit code \d+|failed with exitCode \d+/.test(line))
  const code = /(?:exit code|exitCode) (\d+)/.exec(lines[place] ?? '')?.[1]
  return code === undefined
    ? undefined
    : {
        code: Number(code),
        evidence: { file: 'controller', line: place + 1, text: (lines[place] ?? '').trim().slice(0, SHOWN) },
      }
}
