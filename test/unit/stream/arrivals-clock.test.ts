import { expect, it } from 'vitest'
import type { PipelineContext } from '../../../electron/core/pipeline-context.ts'
import { createArrivals } from '../../../electron/core/sources/kinesis/arrivals.ts'
import { createMetricCalls } from '../../../electron/core/sources/kinesis/metric-calls.ts'

const START = Date.parse('2026-11-20T12:00:00Z')
const HOUR = 3_600_000

/** A stream that counts, as CloudWatch does: points in [StartTime, EndTime); its own clock was never set. */
function countingStream() {
  const minutes = new Map<number, number>()
  let [passedMs, setMs] = [0, 0]
  const now = () => START + passedMs + setMs
  const cloudWatch = {
    async send({ input }: { input: { StartTime: Date; EndTime: Date; MetricDataQueries: { Id: string }[] } }) {
      if (input.StartTime >= input.EndTime)
        throw new Error('The parameter StartTime must be less than the parameter EndTime.')
      const inside = [...minutes].filter(
        ([atMs]) => atMs >= input.StartTime.getTime() && atMs < input.EndTime.getTime(),
      )
      return {
        MetricDataResults: input.MetricDataQueries.map(({ Id }) => ({
          Id,
          Timestamps: inside.map(([atMs]) => new Date(atMs)),
          Values: inside.map(([, records]) => records),
        })),
      }
    },
  }
  const context = {
    aws: { cloudWatch },
    target: { id: 'sandbox', kind: 'sandbox' },
    spec: { source: { stream: 'orders' } },
  }
  const clock = { now, monotonic: () => passedMs, sleep: async () => undefined }
  const arrivals = createArrivals(clock, createMetricCalls(clock))
  return {
    pass(ms: number) {
      passedMs += ms
    },
    set(ms: number) {
      setMs = ms
    },
    /** Counted at the minute of the wall clock, or later where that went back, as a shard does. */
    receive(records: number) {
      const minuteMs = Math.max(Math.floor(now() / 60_000) * 60_000, ...minutes.keys())
      minutes.set(minuteMs, (minutes.get(minuteMs) ?? 0) + records)
    },
    total: async () =>
      (await arrivals(context as unknown as PipelineContext, { since: new Date(START), shardIds: [] })).stream.records,
  }
}

it(
  'a clock that is set back before the stream was made breaks no count, and one that is set forward and back ' +
    'counts none twice or never',
  async () => {
    const stream = countingStream()
    stream.receive(10)
    expect(await stream.total()).toBe(10)
    stream.set(-HOUR)
    stream.pass(60_000)
    stream.receive(5)
    expect(await stream.total()).toBe(15)
    stream.set(2 * HOUR)
    stream.pass(60_000)
    stream.receive(7)
    expect(await stream.total()).toBe(22)
    // What is over by the new clock is settled; then it is not over any more.
    stream.pass(30 * 60_000)
    expect(await stream.total()).toBe(22)
    stream.set(0)
    stream.receive(3)
    expect(await stream.total()).toBe(25)
    stream.pass(3 * HOUR)
    stream.receive(1)
    expect(await stream.total()).toBe(26)
  },
)
