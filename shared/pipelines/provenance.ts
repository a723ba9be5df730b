import type { SinkColumn } from './spec/query.ts'

/**
 * Where each row of a fact table came from: no author writes these columns. The expressions read what the source knows
 * of a record; `arrivedAt` is its approximate arrival, UTC.
 */
export const PROVENANCE_COLUMNS: readonly SinkColumn[] = [
  { name: 'shard_id', type: 'VARCHAR(32)', expression: 'shardId' },
  { name: 'sequence_number', type: 'VARCHAR(64)', expression: 'sequenceNumber' },
  { name: 'arrived_at', type: 'TIMESTAMP', expression: 'arrivedAt' },
  { name: 'batch_id', type: 'BIGINT', expression: 'batchId' },
]
