import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import type { PipelineContext } from '../../electron/core/pipeline-context.ts'
import { parseCsv } from '../../electron/core/simulator/csv.ts'
import { createEventSource } from '../../electron/core/simulator/event-source.ts'
import { projectFile } from '../../electron/hosts/project.ts'

/** Records a PutRecords takes. */
const LOT = 500
const MIX = { seed: 1, duplicatesPercent: 0, invalidPercent: 1, latePercent: 1 }

/** Puts orders without the bookkeeping of the simulator, which is not what is measured; the same ones each time. */
export async function fillStream({ aws, spec }: PipelineContext, orders: number): Promise<void> {
  const dimensions = new Map(
    await Promise.all(
      spec.dimensions.map(
        async dimension => [dimension.table, parseCsv(await projectFile(`dims/${dimension.file}`))] as const,
      ),
    ),
  )
  const source = createEventSource(spec, dimensions, MIX)
  for (let first = 0; first < orders; first += LOT) {
    const Records = Array.from({ length: Math.min(LOT, orders - first) }, (_, index) => {
      const { partitionKey, data } = source.event(first + index)
      return { PartitionKey: partitionKey, Data: data }
    })
    const { FailedRecordCount } = await aws.kinesis.send(
      new PutRecordsCommand({ StreamName: spec.source.stream, Records }),
    )
    if (FailedRecordCount)
      throw new Error(`${FailedRecordCount} of ${Records.length} records were refused while the stream was filled.`)
  }
}
