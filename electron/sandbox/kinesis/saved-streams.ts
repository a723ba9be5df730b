import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { StateCare } from '../../../shared/state/damage.ts'
import { writeJsonFile } from '../../../shared/state/json-file.ts'
import { openShard, type Stream, StreamRecord, sortOpen, toRecord } from './stream.ts'
import { DESCRIPTION, markSaved } from './stream-folders.ts'

/** What is on disk of the description of each stream. */
export interface SavedStreams {
  /** A stream whose description was read, not written. */
  loaded(stream: Stream): void
  /** Writes a description. What the disk did not take has not happened: the stream is as before, and this throws. */
  save(stream: Stream): void
  forget(stream: Stream): void
}

export function createSavedStreams(
  streams: Map<string, Stream>,
  { limits, care }: { limits: boolean; care: StateCare },
): SavedStreams {
  const saved = new Map<Stream, string>()

  /** The request that failed can be retried. */
  function restore(stream: Stream): void {
    const text = saved.get(stream)
    if (text === undefined) {
      streams.delete(stream.name)
      for (const shard of stream.shards) shard.log.close()
      rmSync(stream.dir, { recursive: true, force: true })
      return
    }
    const { shards, ...record } = StreamRecord.parse(JSON.parse(text))
    const known = new Map(stream.shards.map(shard => [shard.id, shard]))
    const kept = shards.map(before => {
      const shard = known.get(before.id) ?? openShard(stream.dir, before, limits, care)
      const { closedMs: _, ...open } = shard
      known.delete(before.id)
      return Object.assign(shard, { closedMs: undefined }, open, before)
    })
    for (const added of known.values()) added.log.close()
    Object.assign(stream, record, { shards: kept, open: sortOpen(kept) })
  }

  return {
    loaded(stream) {
      saved.set(stream, JSON.stringify(toRecord(stream)))
    },
    save(stream) {
      const record = toRecord(stream)
      try {
        writeJsonFile(join(stream.dir, DESCRIPTION), record)
      } catch (error) {
        restore(stream)
        throw error
      }
      if (!saved.has(stream)) markSaved(stream.dir)
      saved.set(stream, JSON.stringify(record))
    },
    forget(stream) {
      saved.delete(stream)
    },
  }
}
