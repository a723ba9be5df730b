import type { AuditEntry } from '../../../shared/features/audit.ts'

const COLUMNS: [string, (entry: AuditEntry) => string | number | boolean | null][] = [
  ['time', entry => entry.at],
  ['ended', entry => entry.endedAt],
  ['target', entry => entry.target],
  ['kind', entry => entry.kind],
  ['class', entry => entry.accountClass],
  ['account', entry => entry.account],
  ['region', entry => entry.region],
  ['profile', entry => entry.profile],
  ['who', entry => entry.who],
  ['operation', entry => entry.operation],
  ['action', entry => entry.action],
  ['unlocked', entry => entry.unlocked],
  ['service', entry => entry.service],
  ['call', entry => entry.call],
  ['resources', entry => entry.resources.join(' ')],
  ['made', entry => entry.made.join(' ')],
  ['request id', entry => entry.requestId],
  ['outcome', entry => entry.outcome],
  ['code', entry => entry.code],
  ['duration ms', entry => (entry.durationMs === null ? null : Math.round(entry.durationMs))],
  ['requests', entry => entry.sum?.requests ?? null],
  ['records', entry => entry.sum?.records ?? null],
  ['records not taken', entry => entry.sum?.notTaken ?? null],
  ['requests failed', entry => entry.sum?.failed ?? null],
]

/** A table as RFC 4180 has it. */
export const toCsv = (entries: readonly AuditEntry[]): string =>
  [COLUMNS.map(([name]) => name), ...entries.map(entry => COLUMNS.map(([, of]) => of(entry)))]
    .map(cells => `${cells.map(cellText).join(',')}\r\n`)
    .join('')

/** A text that a spreadsheet would take for a formula is marked as text. */
function cellText(value: string | number | boolean | null): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
