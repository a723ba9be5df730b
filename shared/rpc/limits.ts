import type { AppError } from './contract.ts'

/*
 * What one link carries. Every link keeps the same limits, so that what works in the window works in the browser, too.
 * What is over a limit fails the operation that it belongs to, with words; the link and what else runs on it go on.
 */

/** The largest frame that a page sends, in bytes of its JSON: ten statements of the longest that the Data API takes. */
export const MAX_UP_FRAME_BYTES = 1024 * 1024
/**
 * The largest answer or item of a stream. A million rows of 20 columns are less; a string of JavaScript ends at 512
 * MiB.
 */
export const MAX_DOWN_FRAME_BYTES = 256 * 1024 * 1024
/** What may wait to be sent when another frame comes: above it the page does not take what it asked for. */
export const MAX_WAITING_BYTES = 64 * 1024 * 1024
/** Operations at a time on one link. A page follows some twenty. */
export const MAX_OPERATIONS = 256
/** Characters of a message about an input: it may name every member of it. */
export const MAX_MESSAGE_CHARACTERS = 2_000

const mebibytes = (bytes: number): string =>
  `${(bytes / 2 ** 20).toLocaleString('en-US', { maximumFractionDigits: 1 })} MiB`

/** What a page asks with an input that is too long. */
export const inputTooLong = (bytes: number): AppError => ({
  code: 'invalid_input',
  message:
    `The input is ${mebibytes(bytes)}; one request takes ${mebibytes(MAX_UP_FRAME_BYTES)} at most. ` +
    'It was not sent.',
  hint: 'Shorten it, or divide it into several.',
  retryable: false,
})

/** An answer, or an item of a stream, that no link carries in one piece. */
export const answerTooLarge = (bytes: number | undefined): AppError => ({
  code: 'failed',
  message:
    `The answer is ${bytes === undefined ? 'larger' : `${mebibytes(bytes)}: more`} than the ` +
    `${mebibytes(MAX_DOWN_FRAME_BYTES)} that are taken in one piece.`,
  hint: 'Ask for less: fewer rows or columns. A result that is saved as Parquet comes in pieces.',
  retryable: false,
})

/** The page does not take what it asked for; this stream or call of it is given up, the others go on. */
export const readerTooSlow = (waitingBytes: number): AppError => ({
  code: 'unavailable',
  message: `${mebibytes(waitingBytes)} wait for this page to take them, so this answer was left out.`,
  hint: 'Wait until the page has caught up, then try again.',
  retryable: true,
})

/** More operations at a time than one page has use for. */
export const tooManyOperations = (op: string): AppError => ({
  code: 'throttled',
  message: `${op} was not started: ${MAX_OPERATIONS} operations run on this connection already.`,
  hint: 'Wait until some of them have ended, then try again.',
  retryable: true,
})
