import { readFileSync } from 'node:fs'
import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { enginePid } from '../fixture/engine-process.ts'
import { all, SCOPE } from '../fixture/open-core.ts'
import { openPipeline } from '../fixture/open-pipeline.ts'
import { createOrderFeed } from './fill.ts'
import type { Report } from './report.ts'

const SHARDS = 16
const RECORD_BYTES = 2 ** 20
/** A PutRecords takes 10 MiB with keys. */
const LOT = 9

/**
 * The memory of the embedded engine when all records are as large as a record may be: what was resident at most, by the
 * kernel's own count (VmHWM, proc_pid_status(5)). Linux only.
 */
export async function benchEngineMemory(report: Report, { quick = false }: { quick?: boolean }): Promise<void> {
  if (process.platform !== 'linux') throw new Error('Memory is measured on Linux: it needs /proc')
  const records = SHARDS * (quick ? 24 : 64)
  const pipeline = await openPipeline({ shards: SHARDS, limits: false })
  try {
    const { aws, spec, services, data } = pipeline
    const feed = await createOrderFeed(spec)
    for (let sent = 0; sent < records; sent += LOT) {
      const Records = Array.from({ length: Math.min(LOT, records - sent) }, () => {
        const { partitionKey, data: order } = feed.take()
        return { PartitionKey: partitionKey, Data: padded(order, RECORD_BYTES - partitionKey.length) }
      })
      await aws.kinesis.send(new PutRecordsCommand({ StreamName: spec.source.stream, Records }))
    }
    const startedMs = performance.now()
    await all(services.jobs.start({ ...SCOPE, engine: 'embedded' }))
    await all(services.jobs.drain({ ...SCOPE, thenStop: false }))
    const seconds = (performance.now() - startedMs) / 1000
    const pid = enginePid(data)
    if (pid === undefined) throw new Error('The sandbox runs no engine')
    const [, peakKib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    report({
      name: `engine, memory with records of 1 MiB, ${SHARDS} shards`,
      value: Number(peakKib) / 1024,
      unit: 'MiB RSS',
      detail: `at most; ${records} records read and committed in ${seconds.toFixed(1)} s`,
    })
  } finally {
    await pipeline.close()
  }
}

/** White space behind JSON changes nothing of its value. */
function padded(json: Uint8Array, bytes: number): Uint8Array {
  const whole = Buffer.alloc(bytes, ' ')
  whole.set(json)
  return whole
}
