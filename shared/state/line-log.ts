import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import type { z } from 'zod'
import { decodeLines, encodeLine, encodeLines } from './checked-lines.ts'
import { type Damage, damagedName, refuseOrRename, type StateCare } from './damage.ts'
import { clearPlace } from './file-place.ts'

/** A file of JSON lines that only grows: what was appended is there after a kill, what was cut off is not. */
export interface LineLog<T> {
  /** How many lines it has. */
  length(): number
  sizeBytes(): number
  /** @throws when the disk does not take all of it; then nothing of it is there */
  append(...entries: T[]): void
  /** Puts other lines in place of all; a kill leaves the old ones or the new ones. */
  rewrite(entries: readonly T[]): void
}

/** How a file is read, and what is done when it is damaged. */
export interface LogSpec<S extends z.ZodType> {
  schema: S
  care: StateCare
  /** What cannot be had any more when lines are lost. */
  lost: string
  /** Whether answers stay right without the lines that are damaged. */
  canGoOn: boolean
}

export interface OpenedLog<S extends z.ZodType> {
  log: LineLog<z.input<S>>
  entries: z.output<S>[]
  /** What was wrong with it, where that was gone on without. */
  damage: Damage | undefined
  /** Whether an older version wrote it, without checksums. */
  wasPlain: boolean
}

/**
 * Opens a log, which need not be there yet, with the lines that it has. What is left of a last line that was cut off is
 * passed over, and removed by the next write: a program that refuses to start with what it read has changed nothing. A
 * file of an older version gets its checksums.
 * @throws DamagedState
 */
export function openLineLog<S extends z.ZodType>(file: string, spec: LogSpec<S>): OpenedLog<S> {
  const inPlace = clearPlace(file, spec)
  const exists = existsSync(file)
  const { entries, decoded, damage } = exists
    ? readLines(file, spec.schema)
    : { entries: [], decoded: undefined, damage: undefined }
  const found = damage === undefined ? undefined : { file, what: damage, lost: spec.lost }
  if (found) refuseOrRename(found, spec.care, spec.canGoOn)
  let count = decoded ? decoded.nextNumber - 1 : 0
  let sizeBytes = decoded?.wholeBytes ?? 0
  let hasTornEnd = decoded !== undefined && !found && decoded.wholeBytes < decoded.sizeBytes
  const log: LineLog<z.input<S>> = {
    length: () => count,
    sizeBytes: () => sizeBytes,
    append(...entries) {
      // The first come with their header, whole: a file of this kind is never empty.
      if (sizeBytes === 0) return log.rewrite(entries)
      if (hasTornEnd) truncateSync(file, sizeBytes)
      hasTornEnd = false
      const text = entries.map((entry, order) => encodeLine(JSON.stringify(entry), count + order + 1)).join('')
      appendWhole(file, text, sizeBytes)
      sizeBytes += Buffer.byteLength(text)
      count += entries.length
    },
    rewrite(entries) {
      const text = encodeLines(entries.map(entry => JSON.stringify(entry)))
      replaceFile(file, text)
      hasTornEnd = false
      sizeBytes = Buffer.byteLength(text)
      count = entries.length
    },
  }
  const isRewritten = decoded !== undefined && (found !== undefined || decoded.format !== 'checked')
  if (decoded && hasTornEnd) {
    // A write that a kill or a power cut ended was never acknowledged; but a file that was cut ends like that, too.
    const kept = isRewritten || spec.care.repairs ? keepEnd(file, decoded.wholeBytes, spec.care) : undefined
    const bytes = `its last ${decoded.sizeBytes - decoded.wholeBytes} bytes`
    spec.care.notice({
      kind: 'damage',
      state: 'warning',
      title:
        `${file} ended within a line: ${bytes} are ` +
        `${kept ? `kept as ${kept}` : 'passed over, and removed by the next write'}`,
      detail:
        'A kill in the middle of a write leaves that, and then nothing is lost. If the file was longer once, lost: ' +
        `${spec.lost}.`,
    })
    if (spec.care.repairs && !isRewritten) {
      truncateSync(file, decoded.wholeBytes)
      hasTornEnd = false
    }
  }
  if (isRewritten) log.rewrite(entries as z.input<S>[])
  return { log, entries, damage: found ?? inPlace, wasPlain: decoded?.format === 'plain' }
}

/** Keeps what is behind the whole lines in a file beside; returns its name. */
function keepEnd(file: string, wholeBytes: number, care: StateCare): string {
  const renamed = damagedName(file, care.now())
  writeFileSync(renamed, readFileSync(file).subarray(wholeBytes), { mode: 0o600 })
  return renamed
}

/** The lines of a file; one that does not fit its schema is damage too. */
export function readLines<S extends z.ZodType>(file: string, schema: S) {
  const decoded = decodeLines(readFileSync(file))
  const entries: z.output<S>[] = []
  let unfit = 0
  for (const text of decoded.texts) {
    const parsed = schema.safeParse(JSON.parse(text))
    if (parsed.success) entries.push(parsed.data)
    else unfit++
  }
  const damage = [
    decoded.damage,
    unfit > 0 ? `${unfit} lines do not have the members that they need` : undefined,
  ].filter(Boolean)
  return { entries, decoded, damage: damage.length > 0 ? damage.join(', ') : undefined }
}

/** A full disk may take half of a line: the next one must not be glued to that. */
function appendWhole(file: string, line: string, sizeBytes: number): void {
  try {
    appendFileSync(file, line)
  } catch (error) {
    if (existsSync(file)) truncateSync(file, sizeBytes)
    throw error
  }
}

/** Writes a file beside another one and puts it in its place: a kill, or a full disk, leaves the old one whole. */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const beside = `${file}.new`
  try {
    writeFileSync(beside, content, { mode: 0o600 })
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}
