import { InvalidArgumentError } from 'commander'
import type { AuditEntry, AuditOutcome } from '../../../shared/features/audit.ts'
import { onCore } from './on-folder.ts'
import { take } from './session.ts'
import { count, table } from './text.ts'

export interface AuditOptions {
  data?: string
  json: boolean
  csv: boolean
  since?: string
  target?: string
  action?: string
  outcome?: AuditOutcome
  limit: number
}

/** A time, or how long ago: `2026-12-01`, `2026-12-01T14:00Z`, `30m`, `12h`, `7d`. */
export function sinceTime(text: string): string {
  const [, amount, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit ?? '']
  const ms = unitMs === undefined ? Date.parse(text) : Date.now() - Number(amount) * unitMs
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Give a time, as 2026-12-01T14:00Z, or how long ago, as 12h.')
  return new Date(ms).toISOString()
}

/** `sluice audit`: what was changed from here, the newest last. */
export const runAudit = (options: AuditOptions): Promise<number> =>
  onCore('audit', options, async session => {
    const { since, target, action, outcome } = options
    const filter = {
      ...(since !== undefined && { since }),
      ...(target !== undefined && { target }),
      ...(action !== undefined && { action }),
      ...(outcome !== undefined && { outcome }),
    }
    if (options.csv) {
      process.stdout.write(take(await session.audit.export({ ...filter, format: 'csv' })).text)
      return 0
    }
    const found = take(await session.audit.list({ ...filter, limit: options.limit }))
    for (const problem of found.problems) process.stderr.write(`! ${problem}\n`)
    const lines = auditLines(found.entries.toReversed())
    if (found.total > found.entries.length)
      lines.push(`${count(found.entries.length)} of ${count(found.total)}; --limit shows more.`)
    process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : `${lines.join('\n')}\n`)
    return 0
  })

/** What `sluice audit` prints. */
export function auditLines(entries: readonly AuditEntry[]): string[] {
  if (entries.length === 0) return ['No change fits.']
  return table([
    ['time', 'target', 'account', 'action', 'call', 'what', 'outcome', 'request id'],
    ...entries.map(entry => [
      entry.at.slice(0, 19).replace('T', ' '),
      `${entry.target}${entry.kind === 'sandbox' ? ' (sandbox)' : ''}`,
      entry.account,
      `${entry.action ?? entry.operation ?? '–'}${entry.unlocked ? ' (unlocked)' : ''}`,
      entry.call === null ? '–' : `${entry.service}:${entry.call}`,
      whatOf(entry),
      entry.code === null ? entry.outcome : `${entry.outcome}: ${entry.code}`,
      entry.requestId ?? '–',
    ]),
  ])
}

function whatOf({ resources, made, sum }: AuditEntry): string {
  const named = [...resources, ...made.map(name => `→ ${name}`)].join(' ')
  if (!sum) return named
  const failed = sum.failed > 0 ? `, ${count(sum.failed)} failed` : ''
  return `${named}, ${count(sum.records)} records in ${count(sum.requests)} requests${failed}`
}
