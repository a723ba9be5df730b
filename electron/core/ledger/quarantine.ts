import { listKeys, readObject } from '../objects/read-object.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { jobLocation } from '../query-state/job-location.ts'

/** Quarantine files are never changed once their batch is committed, so each is counted once a process. */
export type CountedFiles = Map<string, number>

const AT_ONCE = 8

/**
 * Lines of the quarantine files of one kind, of the batches up to `lastBatchId`: an open batch may still be written
 * again.
 */
export async function countQuarantined(
  context: PipelineContext,
  kind: 'invalid' | 'late',
  lastBatchId: number,
  known: CountedFiles,
  signal: AbortSignal,
): Promise<number> {
  const { bucket, prefixes, query } = jobLocation(context)
  const keys = (await listKeys(context.aws, bucket, `${prefixes.quarantine}${query}/${kind}/`, signal)).filter(
    key => batchOf(key) <= lastBatchId,
  )
  let total = 0
  for (let first = 0; first < keys.length; first += AT_ONCE) {
    const counts = await Promise.all(
      keys.slice(first, first + AT_ONCE).map(async key => {
        const place = `${context.target.id}/${bucket}/${key}`
        const count = known.get(place) ?? countLines(await readObject(context.aws, bucket, key, signal))
        known.set(place, count)
        return count
      }),
    )
    total += counts.reduce((sum, count) => sum + count, 0)
  }
  return total
}

function batchOf(key: string): number {
  const batch = /batch=(\d+)\.jsonl$/.exec(key)?.[1]
  if (!batch) throw new Error(`Not a quarantine file: ${key}`)
  return Number(batch)
}

function countLines(bytes: Uint8Array | undefined): number {
  let lines = 0
  for (const byte of bytes ?? []) if (byte === 0x0a) lines++
  return lines
}
