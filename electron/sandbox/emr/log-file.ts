import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'

/** A log on disk that keeps its end. */
export interface LogFile {
  append(chunk: Buffer | string): void
  /** Its last bytes, at most the limit, from the start of a line; a first line says when something was cut. */
  read(): Buffer
  /** How many bytes were ever appended since it was opened: changes when there is something new. */
  appendedBytes(): number
}

/** What was written before (by an earlier attempt) stays. The file never grows over twice `limitBytes`. */
export function openLogFile(path: string, limitBytes: number): LogFile {
  let size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  let appended = 0
  return {
    append(chunk) {
      appendFileSync(path, chunk)
      const bytes = Buffer.byteLength(chunk)
      size += bytes
      appended += bytes
      if (size > 2 * limitBytes) {
        const kept = tail(path, size, limitBytes)
        writeFileSync(`${path}.new`, kept)
        renameSync(`${path}.new`, path)
        size = kept.length
      }
    },
    read: () => (size > limitBytes ? tail(path, size, limitBytes) : size === 0 ? Buffer.alloc(0) : readFileSync(path)),
    appendedBytes: () => appended,
  }
}

function tail(path: string, size: number, limitBytes: number): Buffer {
  const bytes = Buffer.alloc(limitBytes)
  const file = openSync(path, 'r')
  try {
    readSync(file, bytes, 0, limitBytes, size - limitBytes)
  } finally {
    closeSync(file)
  }
  const line = bytes.indexOf('\n')
  const note = `[The sandbox cut this log: only about its last ${Math.round(limitBytes / 1024)} KiB are kept.]\n`
  return Buffer.concat([Buffer.from(note), bytes.subarray(line < 0 ? 0 : line + 1)])
}
