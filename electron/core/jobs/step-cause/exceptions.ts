/** An exception as a log has it: one of a chain, in the order of the text. */
export interface LoggedException {
  language: 'java' | 'python' | 'node'
  /**
   * `ValueError`, `java.io.IOException`: the name without its package is what people search for, so it is kept whole.
   */
  type: string
  message: string
  /** The line that names it, counted from 0, and the one where its block begins. */
  line: number
  firstLine: number
  /** The innermost frame of code that is not a library's; undefined when there is none. */
  at: string | undefined
}

const PYTHON_BEGIN = 'Traceback (most recent call last):'
const PYTHON_FRAME = /^\s+File "([^"]+)", line (\d+), in (.+)$/
/**
 * `ValueError: text`, `botocore.errorfactory.NoSuchKey: text`, `KeyboardInterrupt`: at the left edge, as Python and
 * Java write it.
 */
const NAME = String.raw`(?:[A-Za-z_$][\w$]*\.)*[A-Z][\w$]*`
const KIND = String.raw`Error|Exception|Exit|Interrupt|Failure|Gone|NoSuch\w+`
const NAMED = new RegExp(String.raw`^(${NAME}(?:${KIND})?)(?: \[[\w_]+\])?(?::\s?(.*))?$`)
/** The same after `Caused by:` or `Exception in thread "main"`; any name will do, because frames must follow it. */
const JAVA_NAMED =
  /^(?:Caused by: |Exception in thread "[^"]*" )?((?:[A-Za-z_$][\w$]*\.)*[A-Z][\w$]*)(?: \[[A-Z_]+\])?(?::\s?(.*))?$/
const JAVA_FRAME = /^\s+at (.+)$/
/** Libraries of Python and frames of Spark's own: what failed there was asked for by the job. */
const NOT_OURS = /site-packages|dist-packages|\/lib\/python\d|\.zip\/(?:pyspark|py4j)|<frozen|\/pyspark\/|\/py4j/

/** All exceptions of a log, with those that caused them. */
export function exceptionsIn(lines: readonly string[]): LoggedException[] {
  const found: LoggedException[] = []
  for (let place = 0; place < lines.length; place++) {
    const line = lines[place] ?? ''
    if (line.trimEnd().endsWith(PYTHON_BEGIN)) {
      const exception = pythonFrom(lines, place)
      if (exception) {
        found.push(exception)
        // What Python says of an error of Spark's may end with the traceback of the process that it happened in.
        const holdsAnother = exception.message.trimEnd().endsWith(PYTHON_BEGIN)
        place = holdsAnother ? exception.line - 1 : exception.line
      }
      continue
    }
    const [, type, message = ''] = JAVA_NAMED.exec(line) ?? []
    if (type === undefined || !JAVA_FRAME.test(nextLine(lines, place, message))) continue
    const frames = framesFrom(lines, place + 1)
    const node = frames.some(frame => /\(?(?:file:\/\/|\/|node:).*:\d+:\d+\)?$/.test(frame))
    found.push({
      language: node ? 'node' : 'java',
      type,
      message,
      line: place,
      firstLine: place,
      at: node ? nodeFrame(frames) : undefined,
    })
  }
  return found
}

/** The first line behind the message of an exception: the message may go on over some lines of its own. */
function nextLine(lines: readonly string[], place: number, message: string): string {
  const most = message === '' ? 1 : 6
  for (let next = place + 1; next <= place + most; next++)
    if (JAVA_FRAME.test(lines[next] ?? '')) return lines[next] ?? ''
  return ''
}

function framesFrom(lines: readonly string[], from: number): string[] {
  const frames: string[] = []
  for (let place = from; place < lines.length && frames.length < 60; place++) {
    const frame = JAVA_FRAME.exec(lines[place] ?? '')?.[1]
    if (frame) frames.push(frame)
    else if (frames.length > 0) break
  }
  return frames
}

/** `query.ts:41 in runQuery`: the first frame is the innermost. */
function nodeFrame(frames: readonly string[]): string | undefined {
  for (const frame of frames) {
    const [, name = '', file, line] = /^(?:(?:async )?(.+?) \()?(?:file:\/\/)?(.+?):(\d+):\d+\)?$/.exec(frame) ?? []
    if (file && !file.startsWith('node:') && !file.includes('node_modules')) return place(file, line ?? '', name)
  }
  return undefined
}

/** A traceback from its first line on; undefined when the log ends within it. */
function pythonFrom(lines: readonly string[], begin: number): LoggedException | undefined {
  let at: string | undefined
  for (let line = begin + 1; line < lines.length; line++) {
    const text = lines[line] ?? ''
    const [, file = '', number = '', name = ''] = PYTHON_FRAME.exec(text) ?? []
    if (file && !NOT_OURS.test(file)) at = place(file, number, name)
    if (file || text.startsWith(' ') || text === '') continue
    const [, type, message = ''] = NAMED.exec(text) ?? []
    if (type === undefined) return undefined
    return { language: 'python', type, message, line, firstLine: begin, at }
  }
  return undefined
}

const place = (file: string, line: string, name: string): string => {
  const base = file.split('/').at(-1) ?? file
  return `${base}:${line}${name && name !== '<module>' ? ` in ${name}` : ''}`
}
