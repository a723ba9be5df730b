import { appendFileSync, existsSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'

/** A file of lines that only grows: what was appended is there after a kill, what was cut off is not. */
export interface LineLog {
  /** How many lines it has. */
  length(): number
  append(line: string): void
  /** Puts other lines in place of all; a kill leaves the old ones or the new ones. */
  rewrite(lines: readonly string[]): void
}

/** Opens a log, which need not be there yet, with the lines that it has. The end of a line that was cut off is removed. */
export function openLineLog(file: string): { log: LineLog; lines: string[] } {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
  let sizeBytes = bytes.lastIndexOf(0x0a) + 1
  if (sizeBytes < bytes.length) truncateSync(file, sizeBytes)
  const lines = bytes
    .toString('utf8', 0, sizeBytes)
    .split('\n')
    .filter(line => line !== '')
  let count = lines.length
  const log: LineLog = {
    length: () => count,
    append(line) {
      const text = `${line}\n`
      try {
        appendFileSync(file, text)
      } catch (error) {
        // A full disk may have taken half of it; the next line must not be glued to that.
        if (existsSync(file)) truncateSync(file, sizeBytes)
        throw error
      }
      sizeBytes += Buffer.byteLength(text)
      count++
    },
    rewrite(lines) {
      const text = lines.map(line => `${line}\n`).join('')
      writeFileSync(`${file}.tmp`, text)
      renameSync(`${file}.tmp`, file)
      sizeBytes = Buffer.byteLength(text)
      count = lines.length
    },
  }
  return { log, lines }
}
