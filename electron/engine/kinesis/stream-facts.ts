import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis'
import { patiently } from '../patience.ts'

/** Shards are listed again this often, and at once when one ends. */
const LIST_EVERY_MS = 10_000
/** For so long the stream's retention is taken to be what it was. */
const RETENTION_EVERY_MS = 60_000

/** What the stream says of itself, asked for when it is needed and old. */
export interface StreamFacts {
  listShards(): Promise<Shard[]>
  /** As they were last listed. */
  shardsById(): ReadonlyMap<string, Shard>
  isListedLately(): boolean
  retentionMs(): Promise<number>
}

export function createStreamFacts(options: {
  kinesis: KinesisClient
  stream: string
  monotonic: () => number
}): StreamFacts {
  const { kinesis, stream, monotonic } = options
  let shardsById: ReadonlyMap<string, Shard> = new Map()
  let listedAt = Number.NEGATIVE_INFINITY
  let retention: { askedAt: number; ms: Promise<number> } | undefined
  return {
    async listShards() {
      const shards: Shard[] = []
      let token: string | undefined
      do {
        const page = await patiently(() =>
          kinesis.send(new ListShardsCommand(token ? { NextToken: token } : { StreamName: stream })),
        )
        shards.push(...(page.Shards ?? []))
        token = page.NextToken
      } while (token)
      listedAt = monotonic()
      shardsById = new Map(shards.map(shard => [shard.ShardId ?? '', shard]))
      return shards
    },
    shardsById: () => shardsById,
    isListedLately: () => monotonic() - listedAt <= LIST_EVERY_MS,
    retentionMs() {
      if (!retention || monotonic() - retention.askedAt > RETENTION_EVERY_MS) {
        const asked = patiently(() => kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream })))
        const ms = asked.then(reply => (reply.StreamDescriptionSummary?.RetentionPeriodHours ?? 24) * 3_600_000)
        retention = { askedAt: monotonic(), ms }
        // The next reader asks again; callers that wait for this one get the error.
        ms.catch(() => {
          retention = undefined
        })
      }
      return retention.ms
    },
  }
}
