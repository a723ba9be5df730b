import type { SinkColumn } from './spec/query.ts'
import type { SourceSpec } from './spec/source.ts'

/** What expressions of columns call a part of a record's place, and the column of provenance that holds it. */
interface PlaceName {
  name: string
  column: string
  type: string
}

/**
 * Where a record is in its stream, in the words of the kind of source: the columns are those of warehouses that exist.
 */
const PLACES: Readonly<Record<SourceSpec['kind'], { partition: PlaceName; offset: PlaceName }>> = {
  kinesis: {
    partition: { name: 'shardId', column: 'shard_id', type: 'VARCHAR(32)' },
    offset: { name: 'sequenceNumber', column: 'sequence_number', type: 'VARCHAR(64)' },
  },
  kafka: {
    partition: { name: 'partitionId', column: 'partition_id', type: 'VARCHAR(32)' },
    offset: { name: 'recordOffset', column: 'record_offset', type: 'VARCHAR(64)' },
  },
}

export const placeNames = (kind: SourceSpec['kind']): Readonly<Record<'partition' | 'offset', PlaceName>> =>
  PLACES[kind]

/**
 * Where each row of a fact table came from: no author writes these columns. The expressions read what the source knows
 * of a record; `arrivedAt` is its approximate arrival, UTC.
 */
export function provenanceColumns(kind: SourceSpec['kind']): readonly SinkColumn[] {
  const { partition, offset } = PLACES[kind]
  return [
    ...[partition, offset].map(({ name, column, type }) => ({ name: column, type, expression: name })),
    { name: 'arrived_at', type: 'TIMESTAMP', expression: 'arrivedAt' },
    { name: 'batch_id', type: 'BIGINT', expression: 'batchId' },
  ]
}
