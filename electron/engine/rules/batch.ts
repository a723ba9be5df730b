import { isUtf8 } from 'node:buffer'
import { rm } from 'node:fs/promises'
import { type DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api'
import type { BatchCounts } from '../../../shared/job/progress.ts'
import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'
import type { StreamRecord } from '../reader/record.ts'
import { classifySql, RAW_TABLE, stagedSql } from './classify.ts'
import { sqlName, sqlText } from './rules.ts'

export interface ClassifiedBatch {
  counts: Pick<BatchCounts, 'read' | 'invalid' | 'late' | 'duplicatesInBatch' | 'staged'>
  /** Of each kind, the place of the record in the batch and why. */
  quarantine: { invalid: { ordinal: number; reason: string }[]; late: { ordinal: number; reason: string }[] }
  /** Greatest event time of the rows that are neither invalid nor late; undefined when there are none. */
  maxEventTimeMs: number | undefined
  eventTime: { min: string; max: string; avg: string } | undefined
}

/** Judges the records of a batch and writes those to stage into a Parquet file, if there are any. */
export async function classifyBatch(
  connection: DuckDBConnection,
  spec: Pipeline,
  batch: { batchId: number; records: readonly StreamRecord[]; watermarkMs: number | undefined; stagedFile: string },
): Promise<ClassifiedBatch> {
  await connection.run(RAW_TABLE)
  await appendRecords(connection, batch.records)
  for (const sql of classifySql(spec, batch.watermarkMs)) await connection.run(sql)
  const counted = await connection.runAndReadAll('select verdict, count(*) from verdicts group by 1')
  const byVerdict = new Map(counted.getRowsJson().map(([verdict, count]) => [String(verdict), Number(count)]))
  const count = (verdict: string) => byVerdict.get(verdict) ?? 0
  const time = sqlName(spec.event.time)
  const times = await connection.runAndReadAll(
    `select epoch_ms(min(${time})), epoch_ms(max(${time})), avg(epoch_ms(${time})) from verdicts where verdict in ('staged', 'duplicate')`,
  )
  const [minMs, maxMs, avgMs] = times.getRowsJson()[0] ?? []
  if (count('staged') > 0) {
    await rm(batch.stagedFile, { force: true })
    await connection.run(
      `copy (${stagedSql(spec, batch.batchId)}) to ${sqlText(batch.stagedFile)} (format parquet, compression snappy)`,
    )
  }
  return {
    counts: {
      read: batch.records.length,
      invalid: count('invalid'),
      late: count('late'),
      duplicatesInBatch: count('duplicate'),
      staged: count('staged'),
    },
    quarantine: { invalid: await quarantined(connection, 'invalid'), late: await quarantined(connection, 'late') },
    maxEventTimeMs: maxMs === null || maxMs === undefined ? undefined : Number(maxMs),
    eventTime:
      maxMs === null || maxMs === undefined
        ? undefined
        : { min: iso(Number(minMs)), max: iso(Number(maxMs)), avg: iso(Math.round(Number(avgMs))) },
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

async function quarantined(
  connection: DuckDBConnection,
  verdict: 'invalid' | 'late',
): Promise<{ ordinal: number; reason: string }[]> {
  const found = await connection.runAndReadAll(
    `select ordinal, coalesce(reason, 'late') from verdicts where verdict = ${sqlText(verdict)} order by ordinal`,
  )
  return found.getRowsJson().map(([ordinal, reason]) => ({ ordinal: Number(ordinal), reason: String(reason) }))
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
    appender.appendVarchar(record.shardId)
    appender.appendVarchar(record.sequenceNumber)
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
