import type { Verdict } from '../../../shared/features/checkpoint.ts'
import type { QueryBatches } from '../ledgers/ledger.ts'
import { count, plural } from '../say.ts'
import type { CheckpointFacts } from './facts.ts'

/**
 * Whether the batch table of the warehouse, one row a batch in the batch's own transaction, agrees with the
 * checkpoint: batches that only the warehouse has would be loaded again, batches that only the checkpoint has would be
 * missing for good.
 */
export function warehouseVerdict(facts: CheckpointFacts): Verdict {
  const { warehouse, entries, sink } = facts
  const table = sink.batchTable
  const verdict = (state: Verdict['state'], said: string, next?: string): Verdict => ({
    check: 'warehouse',
    state,
    said,
    ...(next !== undefined && { next }),
    source: `select … from ${table} group by query_id`,
  })
  if (warehouse.state === 'unknown')
    return verdict('unknown', `The batch table ${table} could not be asked: ${warehouse.why}.`)
  if (warehouse.state === 'unfit') return verdict('fatal', warehouse.why, warehouse.next)
  const matched =
    `MERGE matches by ${sink.mergeKey.join(', ')}: rows that are there already are counted as duplicates, not ` +
    'doubled'
  const queryId = entries.metadata.state === 'read' ? entries.metadata.value.id : undefined
  const ours = warehouse.queries.find(query => query.queryId === queryId)
  const others = warehouse.queries.filter(query => query.queryId !== queryId)
  const { newest } = entries
  if (!newest) {
    if (ours && !entries.open)
      return verdict(
        'warning',
        `The batch table has ${batches(ours)} of this query, the checkpoint none: they are loaded again. ${matched}.`,
      )
    return others.length === 0 || queryId !== undefined
      ? verdict('fine', 'No batch is in the batch table, as the checkpoint says.')
      : verdict(
          'warning',
          `The batch table has ${others.map(batches).join(', ')} of queries whose checkpoint is gone: what the ` +
            `stream still holds is loaded again. ${matched}.`,
        )
  }
  const beginning = entries.metadata.state === 'read' ? entries.metadata.value.sluice?.beginning : undefined
  const begunNow = beginning?.batchId === newest.batchId
  const readByCheckpoint =
    newest.plan.state === 'read'
      ? Object.values(newest.plan.value.end).reduce((sum, position) => sum + position.records, 0) -
        (beginning?.records ?? 0)
      : undefined
  if (!ours) {
    return begunNow || readByCheckpoint === 0
      ? verdict('fine', 'Nothing was loaded since it began, in the batch table as in the checkpoint.')
      : verdict(
          'warning',
          `The checkpoint stands at batch ${count(newest.batchId)}, and the batch table has none of its query: ` +
            `the warehouse was emptied or made again, and ${plural(readByCheckpoint ?? 0, 'record')} of before are ` +
            'not in it.',
          'Reset to the oldest record to load what the stream still holds.',
        )
  }
  if (ours.newestBatchId > newest.batchId) {
    return ours.newestBatchId === entries.open?.batchId
      ? verdict(
          'fine',
          `Batch ${count(ours.newestBatchId)} is in the warehouse and not yet in the checkpoint: it is done ` +
            'again under its own name, and changes nothing.',
        )
      : verdict(
          'warning',
          `The batch table has batches up to ${count(ours.newestBatchId)}, the checkpoint stands at ` +
            `${count(newest.batchId)}: it is an older one, and what came after is read again. ${matched}.`,
        )
  }
  if (ours.newestBatchId < newest.batchId && !begunNow)
    return verdict(
      'warning',
      `The checkpoint stands at batch ${count(newest.batchId)}, the batch table ends with ` +
        `${count(ours.newestBatchId)}: the rows of ` +
        `${plural(newest.batchId - ours.newestBatchId, 'batch', 'batches')} are missing.`,
      'Reset to an earlier time, or to the oldest record.',
    )
  if (readByCheckpoint !== undefined && readByCheckpoint !== ours.readRecords && ours.uncountedBatches > 0)
    return verdict(
      'unknown',
      `${batches(ours)} in the batch table, up to ${count(ours.newestBatchId)} as in the checkpoint. ` +
        `${plural(ours.uncountedBatches, 'batch', 'batches')} of them did not count records: with their rows ` +
        `instead they are ${count(ours.readRecords)}, against ${plural(readByCheckpoint, 'record')} in the ` +
        'checkpoint. Producers that aggregate (KPL) put several rows into a record; where none does, the two are ' +
        'not of one query.',
    )
  if (readByCheckpoint !== undefined && readByCheckpoint !== ours.readRecords)
    return verdict(
      'warning',
      `The checkpoint has read ${plural(readByCheckpoint, 'record')}, the batches in the table ` +
        `${count(ours.readRecords)}: off by ${count(Math.abs(readByCheckpoint - ours.readRecords))}.`,
      'Reset to an earlier time, or to the oldest record.',
    )
  return verdict(
    'fine',
    `${batches(ours)} in the batch table, up to ${count(ours.newestBatchId)} as in the checkpoint: ` +
      `${plural(ours.readRecords, 'record')} read, ${plural(ours.loadedRows, 'row')} loaded.`,
  )
}

const batches = (query: QueryBatches): string => plural(query.batches, 'batch', 'batches')
