import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { AuditEnd, AuditIntent } from '../../../shared/features/audit.ts'
import { isDamagedName, type StateCare } from '../../../shared/state/damage.ts'
import { type LineLog, openLineLog, readLines } from '../../../shared/state/line-log.ts'

/** A line is what is about to be done, what came of it, or how far a sum of many requests is. */
export const AuditLine = z.discriminatedUnion('t', [
  AuditIntent.extend({ t: z.literal('begin') }),
  AuditEnd.extend({ t: z.literal('end'), id: z.string() }),
  AuditEnd.extend({ t: z.literal('soFar'), id: z.string() }),
])
export type AuditLine = z.infer<typeof AuditLine>

/** A file of some 4,000 changes: it is put away then, and the newest sixteen are kept, which is months of a team. */
const FULL_BYTES = 2 * 1024 * 1024
const ARCHIVES = 16

export interface AuditFile {
  file: string
  /** @throws when the disk does not take it; then nothing of it is there */
  append(line: AuditLine): void
  /** All lines that are kept, the oldest first; and what was found to be wrong, and where that is kept. */
  read(): { lines: AuditLine[]; problems: string[] }
}

/**
 * The lines of the log, with checksums. Nothing is ever changed in it; a line that is damaged is reported, and kept in
 * a file beside.
 */
export function openAuditFile(
  dir: string,
  care: StateCare,
  limits = { fullBytes: FULL_BYTES, archives: ARCHIVES },
): AuditFile {
  const file = join(dir, 'audit.jsonl')
  const spec = { schema: AuditLine, care, lost: 'lines of the audit log', canGoOn: true }
  let open: { log: LineLog<AuditLine>; sizeBytes: number } | undefined

  /** Another program on this folder may have written, or put it away. */
  function opened(): LineLog<AuditLine> {
    const sizeBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    if (open?.sizeBytes === sizeBytes) return open.log
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const { log } = openLineLog(file, spec)
    open = { log, sizeBytes: log.sizeBytes() }
    return log
  }

  function archives(): string[] {
    return readdirSync(dir)
      .filter(name => /^audit-\d{6}\.jsonl$/.test(name))
      .sort()
      .map(name => join(dir, name))
  }

  function putAway(): void {
    const known = archives()
    const last = Number(/(\d{6})\.jsonl$/.exec(known.at(-1) ?? '')?.[1] ?? 0)
    renameSync(file, join(dir, `audit-${String(last + 1).padStart(6, '0')}.jsonl`))
    open = undefined
    for (const old of known.slice(0, Math.max(0, known.length + 1 - limits.archives))) rmSync(old)
  }

  return {
    file,
    append(line) {
      let log = opened()
      if (log.sizeBytes() > limits.fullBytes) {
        putAway()
        log = opened()
      }
      log.append(line)
      open = { log, sizeBytes: log.sizeBytes() }
    },
    read() {
      if (!statSync(dir, { throwIfNoEntry: false })) return { lines: [], problems: [] }
      // What is damaged in the newest one is put beside it first.
      opened()
      const archived = archives().map(path => ({ path, ...readLines(path, AuditLine) }))
      const newest = statSync(file, { throwIfNoEntry: false }) ? readLines(file, AuditLine).entries : []
      const kept = readdirSync(dir).filter(name => name.startsWith('audit') && isDamagedName(name))
      return {
        lines: [...archived.flatMap(({ entries }) => entries), ...newest],
        problems: [
          ...archived.flatMap(({ path, damage }) => (damage === undefined ? [] : [`${path} is damaged: ${damage}.`])),
          ...kept.map(name => `Lines were damaged; the file as it was found is kept as ${join(dir, name)}.`),
        ],
      }
    },
  }
}
