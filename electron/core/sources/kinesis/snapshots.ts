import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import type { StreamCounters } from '../received.ts'
import { createArrivals } from './arrivals.ts'
import { describeStream, type StreamDescription } from './describe-stream.ts'
import type { ReadMetrics } from './metric-calls.ts'

/** The stream as it is, its shards, since when they count, and what they received. */
export interface StreamSnapshot extends StreamDescription {
  since: Date
  counters: StreamCounters
}
export type TakeSnapshot = (context: PipelineContext, signal: AbortSignal) => Promise<StreamSnapshot>

interface UnderWay {
  snapshot: Promise<StreamSnapshot>
  abort: AbortController
  waiting: number
}

/**
 * Takes snapshots of streams for watches. A caller that comes while one is under way waits for that one, so that
 * several at one moment are one (idle polls share a beat, see pace.ts); it is ended when no caller waits for it any
 * more. A caller that waits for its own change asks `describeStream`.
 */
export function createSnapshots(clock: Clock, readMetrics: ReadMetrics): TakeSnapshot {
  const arrivals = createArrivals(clock, readMetrics)
  const underWay = new Map<string, UnderWay>()

  async function take(context: PipelineContext, signal: AbortSignal): Promise<StreamSnapshot> {
    const { summary, shards } = await describeStream(context, signal)
    const since = summary.StreamCreationTimestamp ?? new Date(clock.now())
    const shardIds = shards.flatMap(shard => shard.ShardId ?? [])
    return { summary, shards, since, counters: await arrivals(context, { since, shardIds, signal }) }
  }

  function begin(key: string, context: PipelineContext): UnderWay {
    const abort = new AbortController()
    const begun: UnderWay = {
      abort,
      waiting: 0,
      snapshot: take(context, abort.signal).finally(() => forget(key, begun)),
    }
    underWay.set(key, begun)
    return begun
  }

  function forget(key: string, ended: UnderWay): void {
    if (underWay.get(key) === ended) underWay.delete(key)
  }

  return (context, signal) => {
    const key = `${context.target.id}/${context.spec.source.stream}`
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const joined = underWay.get(key) ?? begin(key, context)
      joined.waiting++
      const leave = () => {
        reject(signal.reason)
        joined.waiting--
        if (joined.waiting > 0) return
        forget(key, joined)
        joined.abort.abort()
      }
      signal.addEventListener('abort', leave)
      joined.snapshot.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
    })
  }
}
