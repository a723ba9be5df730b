import { isUtf8 } from 'node:buffer'
import { rm } from 'node:fs/promises'
import { type DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api'
import { type JobPlan, RAW_TABLE } from '../../../shared/job/plan.ts'
import type { BatchCounts } from '../../../shared/job/progress.ts'
import type { StreamRecord } from '../source.ts'

export interface ClassifiedBatch {
  counts: Pick<BatchCounts, 'read' | 'invalid' | 'late' | 'duplicatesInBatch' | 'staged'>
  /** Of each kind, the place of the record in the batch and why. */
  quarantine: { invalid: Quarantined[]; late: Quarantined[] }
  /** Greatest event time of the rows that are neither invalid nor late; undefined when there are none. */
  maxEventTimeMs: number | undefined
  eventTime: { min: string; max: string; avg: string } | undefined
}

interface Quarantined {
  ordinal: number
  reason: string
}

/** Judges the records of a batch and writes those to stage into a Parquet file, if there are any. */
export async function classifyBatch(
  connection: DuckDBConnection,
  { judge }: Pick<JobPlan, 'judge'>,
  batch: { batchId: number; records: readonly StreamRecord[]; watermarkMs: number | undefined; stagedFile: string },
): Promise<ClassifiedBatch> {
  await connection.run(`set variable batch_id = ${batch.batchId}::bigint`)
  await connection.run(`set variable watermark = ${timestampOf(batch.watermarkMs)}`)
  await connection.run(RAW_TABLE)
  await appendRecords(connection, batch.records)
  for (const sql of judge.statements) await connection.run(sql)
  const [counted = []] = (await connection.runAndReadAll(judge.counts)).getRowsJson()
  const [read = 0, invalid = 0, late = 0, duplicatesInBatch = 0] = counted.slice(0, 4).map(Number)
  const [min, max, avg] = counted.slice(4).map(value => (value === null ? undefined : Number(value)))
  const staged = read - invalid - late - duplicatesInBatch
  if (staged > 0) {
    await rm(batch.stagedFile, { force: true })
    const file = batch.stagedFile.replaceAll("'", "''")
    await connection.run(`copy (${judge.staged}) to '${file}' (format parquet, compression snappy)`)
  }
  return {
    counts: { read, invalid, late, duplicatesInBatch, staged },
    quarantine: await quarantined(connection, invalid + late > 0 ? judge.quarantine : undefined),
    maxEventTimeMs: max,
    eventTime:
      min === undefined || max === undefined || avg === undefined
        ? undefined
        : { min: iso(min), max: iso(max), avg: iso(avg) },
  }
}

const timestampOf = (ms: number | undefined): string =>
  ms === undefined ? 'null::timestamp' : `make_timestamp(${Math.round(ms * 1000)})`

const iso = (ms: number): string => new Date(ms).toISOString()

async function quarantined(
  connection: DuckDBConnection,
  sql: string | undefined,
): Promise<ClassifiedBatch['quarantine']> {
  const found: ClassifiedBatch['quarantine'] = { invalid: [], late: [] }
  if (sql === undefined) return found
  for (const [ordinal, kind, reason] of (await connection.runAndReadAll(sql)).getRowsJson())
    found[kind === 'late' ? 'late' : 'invalid'].push({ ordinal: Number(ordinal), reason: String(reason) })
  return found
}

/**
 * The hand-over of the records: appended column by column. Text that is not UTF-8 stays here and only its place goes
 * in.
 */
async function appendRecords(connection: DuckDBConnection, records: readonly StreamRecord[]): Promise<void> {
  const appender = await connection.createAppender('raw')
  records.forEach((record, ordinal) => {
    const utf8 = isUtf8(record.data)
    appender.appendInteger(ordinal)
    appender.appendVarchar(record.partitionId)
    appender.appendVarchar(record.offset)
    appender.appendVarchar(wellFormed(record.partitionKey))
    appender.appendTimestamp(new DuckDBTimestampValue(BigInt(record.arrivedMs) * 1000n))
    appender.appendVarchar(
      utf8 ? Buffer.from(record.data.buffer, record.data.byteOffset, record.data.byteLength).toString('utf8') : '',
    )
    appender.appendBoolean(utf8)
    appender.endRow()
  })
  appender.closeSync()
}

/** A lone surrogate in a partition key cannot be stored as text. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd')
