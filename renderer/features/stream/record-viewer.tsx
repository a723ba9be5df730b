import Button from '@cloudscape-design/components/button'
import Select from '@cloudscape-design/components/select'
import { useEffect, useMemo, useState } from 'react'
import type { RecordsPage, StreamRecord } from '../../../shared/features/stream.ts'
import type { SourceWords } from '../../../shared/pipelines/source-words.ts'
import { capital, useWords } from '../../live/use-pipeline.ts'
import { linkTo } from '../../route/route.ts'
import { absolute, bytes, count, duration } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'
import { RecordsFromFields, useRecordsFrom } from './records-from.tsx'
import { useRecords } from './use-records.ts'

interface RecordViewerProps {
  partitions: string[]
  chosen: string | undefined
  after: string | null
}

/** Reads the records of one partition, a page at a time or following, and never more often than the budget allows. */
export function RecordViewer({ partitions, chosen, after }: RecordViewerProps) {
  const [partitionId, setPartitionId] = useState(chosen ?? partitions[0] ?? '')
  const words = useWords()
  const columns = useMemo(() => columnsOf(words), [words])
  const [filter, setFilter] = useState('')
  const { typed, setTyped, from } = useRecordsFrom(after)
  const { records, page, failure, busy, following, read, readOn, follow } = useRecords(partitionId)
  useEffect(() => {
    if (chosen) setPartitionId(chosen)
  }, [chosen])
  const shown = useMemo(() => {
    const wanted = filter.toLowerCase()
    return records.filter(
      record => record.text.toLowerCase().includes(wanted) || record.partitionKey.toLowerCase().includes(wanted),
    )
  }, [records, filter])
  return (
    <section className="card">
      <div className="card-head">
        <h2>Records</h2>
        <span className="note">{budgetText(page, words)}</span>
      </div>
      <div className="record-bar">
        <Select
          ariaLabel={capital(words.partition)}
          selectedOption={{ value: partitionId, label: partitionId }}
          options={partitions.map(value => ({ value, label: value }))}
          onChange={({ detail }) => setPartitionId(detail.selectedOption.value ?? '')}
        />
        <RecordsFromFields typed={typed} setTyped={setTyped} isValid={from !== undefined} />
        <Button disabled={!from || partitionId === ''} loading={busy && !following} onClick={() => from && read(from)}>
          Get records
        </Button>
        <Button disabled={!page?.next || busy || following} onClick={readOn}>
          Next records
        </Button>
        <Button disabled={!page?.next} onClick={() => follow(!following)}>
          {following ? 'Stop following' : 'Follow'}
        </Button>
        <div className="record-bar-wide">
          <SearchField label="Find records" value={filter} onChange={setFilter} matches={shown.length} />
        </div>
      </div>
      {failure && <Problem error={failure} />}
      {page && (
        <p className="note">
          {count(shown.length)} of {count(records.length)} records shown
          {page.millisBehindLatest > 0 ? `; ${duration(page.millisBehindLatest)} behind latest` : '; at latest'}
          {page.next ? '' : `; the ${words.partition} is closed and ends here`}
        </p>
      )}
      {page && (
        <Table
          label={`Records of the ${words.partition}`}
          rows={shown}
          columns={columns}
          keyOf={keyOf}
          empty={
            records.length === 0
              ? `No records at this position. Get the next records, or follow the ${words.partition}.`
              : 'No records match the filter.'
          }
          maxHeight={420}
        />
      )}
    </section>
  )
}

const budgetText = (page: RecordsPage | undefined, { partition }: SourceWords): string =>
  page
    ? `${count(page.readsLastMinute)} ${page.readsLastMinute === 1 ? 'read' : 'reads'} of this ${partition} in the ` +
      `last minute from here; all consumers share what a ${partition} allows, this uses one a second at most`
    : `all consumers of a ${partition} share the reads that it allows; this uses one a second at most`

const keyOf = ({ offset }: StreamRecord): string => offset

const columnsOf = (words: SourceWords): readonly Column<StreamRecord>[] => [
  {
    id: 'arrived',
    header: 'Arrived',
    width: 90,
    sortBy: record => record.arrivedAt,
    cell: record => (
      <span title={`${words.offset} ${record.offset}`}>{absolute(Date.parse(record.arrivedAt)).slice(11, 19)}</span>
    ),
  },
  {
    id: 'key',
    header: 'Partition key',
    wrap: 'never',
    namesRow: true,
    sortBy: record => record.partitionKey,
    cell: record =>
      record.aggregateOf === null ? (
        <a href={linkTo('event', { key: record.partitionKey })}>{record.partitionKey}</a>
      ) : (
        record.partitionKey
      ),
  },
  {
    id: 'data',
    header: 'Data',
    wrap: 'anywhere',
    cell: record => (
      <div className="record-data">
        {record.aggregateOf !== null && (
          <div className="note">aggregate of {count(record.aggregateOf)} records, one a line:</div>
        )}
        <code>{record.text}</code>
      </div>
    ),
  },
  {
    id: 'size',
    header: 'Size',
    align: 'end',
    sortBy: record => record.sizeBytes,
    cell: record => bytes(record.sizeBytes),
  },
]
