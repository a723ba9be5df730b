import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { SentSample } from '../../../shared/features/simulator.ts'
import type { Trace, traceContract } from '../../../shared/features/trace.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'
import { formatKeyText, parseKeyText } from '../../../shared/pipelines/key-text.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { BatchLedger, LedgerOf, LoadedRow } from '../ledgers/ledger.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import type { BatchProgress } from '../query-state/batch-progress.ts'
import type { SourceOf, StoredRecord } from '../sources/source.ts'
import { momentsOf, whenRead } from './moments.ts'

/** Keys that are offered to begin with. */
const RECENT = 8

interface TraceDeps {
  contextOf: ContextOf
  clock: Clock
  batches: BatchProgress
  sourceOf: SourceOf
  ledgerOf: LedgerOf
  /** When sampled records were sent; the simulator keeps some of them, drawn evenly. */
  samples: (scope: PipelineScope, signal: AbortSignal) => Promise<SentSample[]>
}

/** One event's life, put together from the parts that each know a piece of it. */
export function createTraceService(deps: TraceDeps): ServiceOf<typeof traceContract> {
  const { contextOf, clock, ledgerOf } = deps
  return {
    async find({ key, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const at = new Date(clock.now()).toISOString()
      const ledger = ledgerOf(context)
      const row = await ledger.rowByKey(keyValues(key, ledger), signal)
      if (row) return { key, at, ...(await lifeOf(deps, context, scope, row, signal)) }
      const missing = [
        `no row of ${ledger.names.table} has this key: it waits, was put into quarantine, or was never sent`,
      ]
      return { key, at, row: null, record: null, batch: null, moments: [], missing }
    },
    async recent(scope, { signal }) {
      const keys = await ledgerOf(await contextOf(scope)).recentKeys(RECENT, signal)
      return keys.map(formatKeyText)
    },
  }
}

/** @throws ExpectedError `invalid_input` when the text does not have a value for each column of the key */
function keyValues(text: string, { names }: BatchLedger): string[] {
  try {
    return parseKeyText(text, names.mergeKey)
  } catch (error) {
    throw new ExpectedError({
      code: 'invalid_input',
      message: (error as Error).message,
      hint: 'A comma within a value has a backslash before it.',
      retryable: false,
    })
  }
}

/** What is known of the event whose row is there, and what is not. */
async function lifeOf(
  deps: TraceDeps,
  context: PipelineContext,
  scope: PipelineScope,
  row: LoadedRow,
  signal: AbortSignal,
): Promise<Omit<Trace, 'key' | 'at'>> {
  const { place, batchId } = row
  const [source, ledger] = [deps.sourceOf(context), deps.ledgerOf(context)]
  const record = await source.recordAt(place.partition, place.offset, signal)
  const progress = await deps.batches.one(context, batchId, signal)
  const sample = (await deps.samples(scope, signal)).find(
    entry => entry.partitionId === place.partition && entry.offset === place.offset,
  )
  const loadedAt = await ledger.committedAt({ batchId, queryId: progress?.id }, signal)
  const eventTime = row.timeIn(context.spec.event.time)
  const unknown: [boolean, string][] = [
    [!record, 'the stream no longer holds the record: it is older than its retention'],
    [!progress, `batch ${batchId} left no progress`],
    [!sample, 'when it was sent: the simulator keeps that of some records only, drawn evenly'],
    [
      progress !== undefined && !whenRead(progress, place, source.positions),
      `when it was read: the progress of batch ${batchId} does not say`,
    ],
    [!loadedAt, `when it was loaded: ${ledger.names.batchTable} has no row that is surely that of batch ${batchId}`],
    [!eventTime, 'its event time on this clock: it is beyond the years that are shown here'],
  ]
  return {
    row: { table: ledger.names.table, columns: row.columns, values: row.values },
    record: record ? shown(place.partition, record) : null,
    batch: progress ? batchOf(progress) : null,
    moments: momentsOf({
      eventTime,
      sentAt: sample && new Date(sample.sentAtMs).toISOString(),
      arrivedAt: row.arrivedAt,
      place,
      progress,
      loadedAt,
      batchTable: ledger.names.batchTable,
      source,
    }),
    missing: unknown.filter(([isUnknown]) => isUnknown).map(([, what]) => what),
  }
}

const shown = (partitionId: string, record: StoredRecord): Trace['record'] => ({
  partitionId,
  offset: record.offset,
  partitionKey: record.key,
  data: Buffer.from(record.data).toString('utf8'),
})

const batchOf = (progress: QueryProgress): Trace['batch'] => ({
  id: progress.batchId,
  engine: progress.sluice.engine,
  rows: progress.numInputRows,
  durationMs: progress.batchDuration,
})
