import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import type { PipelineContext } from '../../electron/core/pipeline-context.ts'
import { parseCsv } from '../../electron/core/simulator/csv.ts'
import { createEventSource } from '../../electron/core/simulator/event-source.ts'
import { projectFile } from '../../electron/hosts/project.ts'
import type { Pipeline } from '../../shared/pipelines/pipeline.ts'

/** Records a PutRecords takes. */
const LOT = 500
const MIX = { seed: 1, duplicatesPercent: 0, invalidPercent: 1, latePercent: 1 }

/** Puts orders without the bookkeeping of the simulator, which is not what is measured; the same ones each time. */
export async function fillStream({ aws, spec }: PipelineContext, orders: number): Promise<void> {
  const feed = await createOrderFeed(spec)
  await feed.put(aws.kinesis, spec.source.stream, orders)
}

/** The orders of a spec, one after the other: each `put` goes on where the one before ended. */
export async function createOrderFeed(spec: Pipeline) {
  const dimensions = new Map(
    await Promise.all(
      spec.dimensions.map(
        async dimension => [dimension.table, parseCsv(await projectFile(`dims/${dimension.file}`))] as const,
      ),
    ),
  )
  const source = createEventSource(spec, dimensions, MIX)
  let next = 0
  return {
    /** The next event. */
    take: () => source.event(next++),
    async put(kinesis: KinesisClient, stream: string, orders: number): Promise<void> {
      for (const end = next + orders; next < end; ) {
        const Records = Array.from({ length: Math.min(LOT, end - next) }, () => {
          const { partitionKey, data } = source.event(next++)
          return { PartitionKey: partitionKey, Data: data }
        })
        const { FailedRecordCount } = await kinesis.send(new PutRecordsCommand({ StreamName: stream, Records }))
        if (FailedRecordCount)
          throw new Error(`${FailedRecordCount} of ${Records.length} records were refused while the stream was filled.`)
      }
    },
  }
}
