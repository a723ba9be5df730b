import { type DownFrame, ExpectedError, type UpFrame } from './contract.ts'
import { answerTooLarge, inputTooLong, MAX_DOWN_FRAME_BYTES, MAX_UP_FRAME_BYTES } from './limits.ts'

/** The most bytes that a character of a JavaScript string takes in UTF-8. */
const BYTES_OF_A_CHARACTER = 3

/**
 * A frame of a page as the JSON that a socket carries.
 * @throws ExpectedError `invalid_input` when it is too long to be sent; TypeError when JSON has no form for it
 */
export function upFrameText(frame: UpFrame): string {
  const text = JSON.stringify(frame)
  if (text.length * BYTES_OF_A_CHARACTER <= MAX_UP_FRAME_BYTES) return text
  const { length } = new TextEncoder().encode(text)
  if (length > MAX_UP_FRAME_BYTES) throw new ExpectedError(inputTooLong(length))
  return text
}

/**
 * A frame of core as the bytes that a socket carries.
 * @throws ExpectedError when it is too large; TypeError when JSON has no form for it (a BigInt, a circle)
 */
export function downFrameBytes(frame: DownFrame): Uint8Array {
  const bytes = new TextEncoder().encode(downFrameText(frame))
  if (bytes.length > MAX_DOWN_FRAME_BYTES) throw new ExpectedError(answerTooLarge(bytes.length))
  return bytes
}

function downFrameText(frame: DownFrame): string {
  try {
    return JSON.stringify(frame)
  } catch (error) {
    // The JSON would be longer than a string can be.
    if (error instanceof RangeError) throw new ExpectedError(answerTooLarge(undefined), { cause: error })
    throw error
  }
}

/**
 * Fails as `downFrameBytes` would, near enough, where a frame is carried as it is and never becomes text: a port
 * between processes.
 */
export function checkDownFrame(frame: DownFrame): void {
  if (frame.t === 'item' && isLarger(frame.value, MAX_DOWN_FRAME_BYTES))
    throw new ExpectedError(answerTooLarge(undefined))
}

/** Whether a value takes more bytes than a limit; ends as soon as that is known. */
function isLarger(value: unknown, limit: number): boolean {
  const left: unknown[] = [value]
  let bytes = 0
  while (left.length > 0) {
    const next = left.pop()
    bytes += typeof next === 'string' ? next.length + 2 : 8
    if (Array.isArray(next)) for (const entry of next) left.push(entry)
    else if (typeof next === 'object' && next !== null)
      for (const [name, entry] of Object.entries(next)) {
        bytes += name.length + 3
        left.push(entry)
      }
    if (bytes > limit) return true
  }
  return false
}
