import type { AuditEntry, AuditFilter, auditContract } from '../../../shared/features/audit.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { AuditFile, AuditLine } from './audit-file.ts'
import { toCsv } from './csv.ts'

/** What was changed from here: by whom, and what came of it. */
export function createAuditService({
  file,
  isUnderWay,
  clock,
}: {
  file: AuditFile
  /** Whether a change is under way in this program. */
  isUnderWay: (id: string) => boolean
  clock: Clock
}): ServiceOf<typeof auditContract> {
  const read = () => {
    const { lines, problems } = file.read()
    return { all: entriesOf(lines, isUnderWay), problems }
  }
  return {
    async list({ limit, ...filter }) {
      const { all, problems } = read()
      const fitting = all.filter(entry => fits(entry, filter))
      return {
        entries: fitting.slice(0, limit),
        total: fitting.length,
        targets: distinct(all.map(({ target }) => target)),
        actions: distinct(all.flatMap(({ operation, service }) => [operation, service].filter(name => name !== null))),
        file: file.file,
        oldest: all.at(-1)?.at ?? null,
        problems,
      }
    },
    async export({ format, ...filter }) {
      const entries = read().all.filter(entry => fits(entry, filter))
      const day = new Date(clock.now()).toISOString().slice(0, 10)
      return {
        name: `sluice-audit-${day}.${format}`,
        text: format === 'csv' ? toCsv(entries) : `${JSON.stringify(entries, undefined, 2)}\n`,
        entries: entries.length,
      }
    },
  }
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort()

function fits(entry: AuditEntry, { target, action, outcome, since }: AuditFilter): boolean {
  return (
    (target === undefined || entry.target === target) &&
    (action === undefined || entry.operation === action || entry.service === action) &&
    (outcome === undefined || entry.outcome === outcome) &&
    (since === undefined || entry.at >= new Date(since).toISOString())
  )
}

/** The changes of both their lines, newest first. One without an outcome was under way when its program ended. */
export function entriesOf(lines: readonly AuditLine[], isUnderWay: (id: string) => boolean): AuditEntry[] {
  const entries = new Map<string, AuditEntry>()
  for (const line of lines) {
    if (line.t === 'begin') {
      const { t: _, ...intent } = line
      const outcome = isUnderWay(line.id) ? 'running' : 'unknown'
      entries.set(line.id, { ...intent, ...NO_END, outcome })
      continue
    }
    // Its beginning may have been in a file that is not kept any more.
    const begun = entries.get(line.id)
    if (!begun) continue
    const { code, requestId, durationMs, made, sum } = line
    const end = { code, requestId, durationMs, made, sum }
    entries.set(
      line.id,
      line.t === 'end' ? { ...begun, ...end, outcome: line.outcome, endedAt: line.at } : { ...begun, ...end },
    )
  }
  return [...entries.values()].reverse()
}

const NO_END = { endedAt: null, code: null, requestId: null, durationMs: null, made: [] as string[], sum: null }
