import { open } from 'node:fs/promises'

/** What fits beneath a notice, and what is worth reading of it. */
const LINES = 20
const BYTES = 16 * 1024
const LINE_CHARACTERS = 400

/**
 * The last lines of a log that are there from a place on; none when it cannot be read, as what is reported then is why.
 */
export async function logEnd(file: string, fromByte: number): Promise<string[]> {
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      const at = Math.max(fromByte, size - BYTES)
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(Math.max(0, size - at)),
        0,
        Math.max(0, size - at),
        at,
      )
      return lastLines(buffer.toString('utf8', 0, bytesRead))
    } finally {
      await handle.close()
    }
  } catch (error) {
    return [`${file} cannot be read: ${(error as Error).message}`]
  }
}

/** The last lines of a text, whole: why a program ended is the last one. */
export const lastLines = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-LINES)

/** Lines as they are shown. */
export const shownLines = (lines: readonly string[]): string[] => lines.map(line => line.slice(0, LINE_CHARACTERS))
