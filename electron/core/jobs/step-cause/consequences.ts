import type { LoggedException } from './exceptions.ts'

/*
 * A job on Spark is several processes, and when one is gone the others say so at length: their last words are no cause.
 * Which texts are such words was seen in the logs of real kills (test/fixture/step-logs/*-killed*).
 */

/** Which process is gone; `unknown` where the text does not say. */
export type Gone = 'java' | 'python' | 'stream-source' | 'unknown'

const FROM_PY4J = /py4j|pyspark/
const CONNECTION_LOST = /^(?:Connection(?:Refused|Reset|Aborted)Error|BrokenPipeError|EOFError)$/
const STREAM_SOURCE_LOST = /^java\.(?:io\.EOFException|io\.IOException|net\.SocketException)$/
const MOST_FRAMES = 60

/** What an exception says of another process that is gone; undefined when it says something of its own. */
export function goneBy(lines: readonly string[], exception: LoggedException): Gone | undefined {
  const { language, type, message } = exception
  if (language === 'python') {
    if (type === 'py4j.protocol.Py4JNetworkError') return 'java'
    // What Java raised would be a Py4JJavaError; this is a call that got no answer.
    if (type === 'py4j.protocol.Py4JError' && /^An error occurred while calling \S+$/.test(message.trim()))
      return 'java'
    return CONNECTION_LOST.test(type) && FROM_PY4J.test(blockOf(lines, exception)) ? 'java' : undefined
  }
  if (language !== 'java') return undefined
  if (/Cannot obtain a new communication channel/.test(message)) return 'python'
  if (/RpcEnvStopped/.test(type)) return 'unknown'
  return STREAM_SOURCE_LOST.test(type) && /PythonStreamingSourceRunner/.test(blockOf(lines, exception))
    ? 'stream-source'
    : undefined
}

/** The last line of an exception's block, frames included. */
export function lastLineOf(lines: readonly string[], { language, line }: LoggedException): number {
  let last = line
  if (language !== 'python')
    while (last < line + MOST_FRAMES && /^\s+(?:at|\.\.\.) /.test(lines[last + 1] ?? '')) last++
  return last
}

const blockOf = (lines: readonly string[], exception: LoggedException): string =>
  lines.slice(exception.firstLine, lastLineOf(lines, exception) + 1).join('\n')
