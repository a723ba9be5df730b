import Button from '@cloudscape-design/components/button'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { RecordsFrom, RecordsPage, StreamRecord } from '../../../shared/features/stream.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { linkTo } from '../../route/route.ts'
import { absolute, bytes, count, duration } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'

const FROM = [
  { value: 'oldest', label: 'From the oldest' },
  { value: 'newest', label: 'From now on' },
  { value: 'time', label: 'From a time' },
  { value: 'sequence', label: 'From a sequence number' },
  { value: 'after', label: 'Behind a sequence number' },
] as const
type FromKind = (typeof FROM)[number]['value']

const IS_SEQUENCE_NUMBER = /^\d{20,129}$/
/** So many stay on the page; older ones leave. */
const KEPT = 500
/** Between two reads when following: the budget that core keeps is one a second. */
const FOLLOW_MS = 1_100

/** Reads the records of one shard, a page at a time or following, and never more often than the budget allows. */
export function RecordViewer({
  shards,
  chosen,
  after,
}: {
  shards: string[]
  chosen: string | undefined
  after: string | null
}) {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const [shardId, setShardId] = useState(chosen ?? shards[0] ?? '')
  const [kind, setKind] = useState<FromKind>('oldest')
  const [text, setText] = useState('')
  const [filter, setFilter] = useState('')
  const [records, setRecords] = useState<StreamRecord[]>([])
  const [page, setPage] = useState<RecordsPage>()
  const [failure, setFailure] = useState<AppError>()
  const [following, setFollowing] = useState(false)
  const [busy, setBusy] = useState(false)
  const next = useRef<string>(undefined)

  useEffect(() => {
    if (chosen) setShardId(chosen)
  }, [chosen])
  // A link that says where to begin: behind a record, or (a batch that began with the query) at the oldest.
  useEffect(() => {
    if (after === null) return
    setKind(IS_SEQUENCE_NUMBER.test(after) ? 'after' : 'oldest')
    setText(after)
  }, [after])

  const read = async (from: RecordsFrom, fresh: boolean) => {
    if (!services) return
    setBusy(true)
    const result = await services.stream.records({ ...scope, shardId, from })
    setBusy(false)
    if (!result.ok) {
      setFailure(result.error)
      setFollowing(false)
      return
    }
    setFailure(undefined)
    setPage(result.value)
    next.current = result.value.next ?? undefined
    setRecords(known => [...(fresh ? [] : known), ...result.value.records].slice(-KEPT))
    if (!result.value.next) setFollowing(false)
  }
  const start = () => {
    const from = fromOf(kind, text)
    if (from) void read(from, true)
  }
  const readOn = useRef<() => void>(() => undefined)
  readOn.current = () => next.current && void read({ kind: 'next', iterator: next.current }, false)
  useEffect(() => {
    if (!following) return
    const timer = setInterval(() => readOn.current(), FOLLOW_MS)
    return () => clearInterval(timer)
  }, [following])

  const shown = useMemo(() => {
    const wanted = filter.toLowerCase()
    return records.filter(
      record => record.text.toLowerCase().includes(wanted) || record.partitionKey.toLowerCase().includes(wanted),
    )
  }, [records, filter])
  const from = fromOf(kind, text)

  return (
    <section className="card">
      <div className="card-head">
        <h2>Records</h2>
        <span className="note">
          {page
            ? `${count(page.readsLastMinute)} ${page.readsLastMinute === 1 ? 'read' : 'reads'} of this shard in the last minute from here; a shard gives five a second to all its readers, this takes one at most`
            : 'a shard gives five reads a second to all its readers; this takes one at most'}
        </span>
      </div>
      <div className="record-bar">
        <Select
          ariaLabel="Shard"
          selectedOption={{ value: shardId, label: shardId }}
          options={shards.map(value => ({ value, label: value }))}
          onChange={({ detail }) => setShardId(detail.selectedOption.value ?? '')}
        />
        <Select
          ariaLabel="From where"
          selectedOption={FROM.find(entry => entry.value === kind) ?? null}
          options={[...FROM]}
          onChange={({ detail }) => setKind(detail.selectedOption.value as FromKind)}
        />
        {(kind === 'time' || kind === 'sequence' || kind === 'after') && (
          <Input
            ariaLabel={kind === 'time' ? 'Time' : 'Sequence number'}
            placeholder={kind === 'time' ? '2026-11-21 14:00 UTC' : '4966…'}
            invalid={text !== '' && !from}
            value={text}
            onChange={({ detail }) => setText(detail.value)}
          />
        )}
        <Button disabled={!from || shardId === ''} loading={busy && !following} onClick={start}>
          Read
        </Button>
        <Button disabled={!page?.next || busy || following} onClick={() => readOn.current()}>
          Next
        </Button>
        <Button disabled={!page?.next} onClick={() => setFollowing(!following)}>
          {following ? 'Stop following' : 'Follow'}
        </Button>
        <Input
          type="search"
          ariaLabel="Only records with"
          placeholder="Only records with"
          value={filter}
          onChange={({ detail }) => setFilter(detail.value)}
        />
      </div>
      {failure && <Problem error={failure} />}
      {page && (
        <p className="note">
          {count(shown.length)} of {count(records.length)} records shown
          {page.millisBehindLatest > 0 ? `; ${duration(page.millisBehindLatest)} behind the newest` : '; at the newest'}
          {page.next ? '' : '; the shard is closed and ends here'}
        </p>
      )}
      {shown.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        <section className="records" tabIndex={0} aria-label="Records of the shard">
          <table className="ledger">
            <thead>
              <tr>
                <th scope="col">Arrived</th>
                <th scope="col">Partition key</th>
                <th scope="col">Data</th>
                <th scope="col">Size</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(record => (
                <tr key={record.sequenceNumber} title={record.sequenceNumber}>
                  <td>{absolute(Date.parse(record.arrivedAt)).slice(11, 19)}</td>
                  <td>
                    {record.aggregateOf === null ? (
                      <a href={linkTo('event', { key: record.partitionKey })}>{record.partitionKey}</a>
                    ) : (
                      record.partitionKey
                    )}
                  </td>
                  <td>
                    {record.aggregateOf !== null && (
                      <div className="note">KPL aggregate of {count(record.aggregateOf)}, a line each:</div>
                    )}
                    <code>{record.text}</code>
                  </td>
                  <td>{bytes(record.sizeBytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {page && records.length === 0 && (
        <p className="note">No records there. Read on, or follow: they will be here as they arrive.</p>
      )}
    </section>
  )
}

function fromOf(kind: FromKind, text: string): RecordsFrom | undefined {
  if (kind === 'oldest' || kind === 'newest') return { kind }
  if (kind === 'sequence' || kind === 'after')
    return IS_SEQUENCE_NUMBER.test(text.trim()) ? { kind, sequenceNumber: text.trim() } : undefined
  const ms = Date.parse(/(Z|UTC|[+-]\d\d:?\d\d)\s*$/i.test(text) ? text : `${text} UTC`)
  return Number.isNaN(ms) ? undefined : { kind, at: new Date(ms).toISOString() }
}
