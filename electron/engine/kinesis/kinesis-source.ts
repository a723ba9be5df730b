import { DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { patiently } from '../patience.ts'
import type { OpenSource } from '../source.ts'
import { gapMessage } from './gaps.ts'
import { readPagesQuickly } from './quick-pages.ts'
import { createStreamReader } from './reader.ts'

/** A stream of Amazon Kinesis Data Streams. */
export const openKinesis: OpenSource = ({ args, clients, now, monotonic, log }) => {
  const { stream, maxRecordsPerBatch } = args
  const kinesis = new KinesisClient(clients)
  readPagesQuickly(kinesis)
  return {
    description: `Kinesis[${stream}]`,
    async origin() {
      const { StreamDescriptionSummary: summary } = await patiently(() =>
        kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream })),
      )
      if (!summary?.StreamCreationTimestamp) throw new Error(`DescribeStreamSummary of ${stream} has no creation time`)
      return { name: stream, createdAt: summary.StreamCreationTimestamp.toISOString() }
    },
    read: () =>
      createStreamReader({
        kinesis,
        stream,
        maxRecordsPerBatch,
        now,
        monotonic,
        onGap: gap => log(`WARN ${gapMessage(gap)}`),
      }),
  }
}
