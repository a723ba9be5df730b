import { useMemo } from 'react'
import type { AuditEntry } from '../../../shared/features/audit.ts'
import { useHidden } from '../../live/targets.ts'
import { absolute, count, duration } from '../../ui/format.ts'
import { Status } from '../../ui/status.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'
import { OUTCOMES } from './filters.tsx'

/** A change a row, the newest first. */
export function AuditTable({ entries, empty }: { entries: readonly AuditEntry[]; empty: string }) {
  const hidden = useHidden()
  const columns = useMemo(() => columnsOf(hidden), [hidden])
  return <Table label="Changes" rows={entries} columns={columns} keyOf={({ id }) => id} empty={empty} />
}

const columnsOf = (hidden: (text: string) => string): readonly Column<AuditEntry>[] => [
  {
    id: 'at',
    header: 'Time (UTC)',
    width: 150,
    sortBy: ({ at }) => at,
    cell: ({ at }) => absolute(Date.parse(at)).replace(' UTC', ''),
  },
  {
    id: 'target',
    header: 'Target',
    width: 170,
    sortBy: ({ target }) => target,
    cell: entry => <Where of={entry} hidden={hidden} />,
  },
  {
    id: 'action',
    header: 'Action',
    width: 160,
    sortBy: ({ action, operation }) => action ?? operation,
    cell: ({ action, operation, unlocked }) => (
      <>
        {action ?? operation ?? '–'}
        {unlocked && <div className="note">unlocked by typing it</div>}
      </>
    ),
  },
  {
    id: 'call',
    header: 'Call',
    width: 200,
    wrap: 'anywhere',
    sortBy: ({ service, call }) => `${service} ${call}`,
    cell: ({ service, call }) => (call === null ? <span className="note">none was made</span> : `${service}:${call}`),
  },
  { id: 'what', header: 'What', width: 260, wrap: 'anywhere', cell: entry => <What of={entry} hidden={hidden} /> },
  {
    id: 'outcome',
    header: 'Outcome',
    width: 150,
    sortBy: ({ outcome }) => outcome,
    cell: ({ outcome, code, durationMs }) => (
      <>
        <Status type={OUTCOMES[outcome].type}>{OUTCOMES[outcome].words}</Status>
        {code !== null && <div className="note">{code}</div>}
        {outcome === 'unknown' && <div className="note">the program ended before it was known</div>}
        {durationMs !== null && outcome !== 'refused' && <div className="note">in {duration(durationMs)}</div>}
      </>
    ),
  },
  {
    id: 'request',
    header: 'Request id',
    width: 150,
    wrap: 'anywhere',
    cell: ({ requestId }) => requestId ?? '–',
  },
]

function Where({ of, hidden }: { of: AuditEntry; hidden: (text: string) => string }) {
  const { target, kind, account, region, accountClass, who } = of
  return (
    <>
      {target}
      <div className="note">
        {kind === 'sandbox' ? 'sandbox, not AWS' : `AWS ${hidden(account)}`}, {region}, {accountClass}
      </div>
      {who !== null && <div className="note">{hidden(who)}</div>}
    </>
  )
}

function What({ of: { resources, made, sum }, hidden }: { of: AuditEntry; hidden: (text: string) => string }) {
  return (
    <ul className="audit-names">
      {resources.map(name => (
        <li key={name}>{hidden(name)}</li>
      ))}
      {made.map(name => (
        <li key={name}>→ {hidden(name)}</li>
      ))}
      {sum && (
        <li className="note">
          Sum of the run: {count(sum.records)} records in {count(sum.requests)} requests, {count(sum.notTaken)} not
          taken at once, {count(sum.failed)} requests failed
        </li>
      )}
    </ul>
  )
}
