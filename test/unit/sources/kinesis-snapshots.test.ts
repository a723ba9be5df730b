import { beforeEach, expect, it } from 'vitest'
import type { PipelineContext } from '../../../electron/core/pipeline-context.ts'
import { createMetricCalls } from '../../../electron/core/sources/kinesis/metric-calls.ts'
import { createSnapshots } from '../../../electron/core/sources/kinesis/snapshots.ts'

const CREATED = new Date('2026-11-20T12:00:00Z')
const NOW_MS = CREATED.getTime() + 60_000

let asked: string[]
let aborted: boolean
/** Lets the stream answer; until then what asks waits. */
let answer: () => void
let answers: Promise<void>
let snapshot: (signal?: AbortSignal) => ReturnType<ReturnType<typeof createSnapshots>>

beforeEach(() => {
  asked = []
  aborted = false
  answers = new Promise(resolve => (answer = resolve))
  const kinesis = {
    async send(
      { constructor: { name } }: { constructor: { name: string } },
      { abortSignal }: { abortSignal: AbortSignal },
    ) {
      asked.push(name)
      abortSignal.addEventListener('abort', () => (aborted = true))
      await answers
      return name === 'ListShardsCommand'
        ? { Shards: [{ ShardId: 'shardId-000000000000' }] }
        : { StreamDescriptionSummary: { StreamCreationTimestamp: CREATED } }
    },
  }
  const cloudWatch = { send: async () => ({ MetricDataResults: [] }) }
  const target = { id: 'sandbox', kind: 'sandbox' }
  const context = { aws: { kinesis, cloudWatch }, target, spec: { source: { stream: 'orders' } }, stateDir: '' }
  const clock = { now: () => NOW_MS, monotonic: () => NOW_MS, sleep: async () => undefined }
  const snapshots = createSnapshots(clock, createMetricCalls(clock))
  snapshot = (signal = new AbortController().signal) => snapshots(context as unknown as PipelineContext, signal)
})

it('snapshots of a stream that are asked for at one moment are one, and the next moment has its own', async () => {
  const both = [snapshot(), snapshot()]
  answer()
  const [one, other] = await Promise.all(both)
  expect(one).toBe(other)
  expect(one?.since).toEqual(CREATED)
  expect(asked).toEqual(['DescribeStreamSummaryCommand', 'ListShardsCommand'])
  expect(await snapshot()).not.toBe(one)
  expect(asked).toHaveLength(4)
})

it(
  'a snapshot that one caller gives up goes on for the others; the last one ends it, and the next caller has a new ' +
    'one',
  async () => {
    const [first, second] = [new AbortController(), new AbortController()]
    const ended = [snapshot(first.signal), snapshot(second.signal)].map(one => one.catch(String))
    first.abort('given up')
    expect(await ended[0]).toBe('given up')
    expect(aborted).toBe(false)
    second.abort('given up, too')
    expect(await ended[1]).toBe('given up, too')
    expect(aborted).toBe(true)
    const later = snapshot()
    answer()
    expect((await later).shards).toHaveLength(1)
    expect(asked.filter(name => name === 'DescribeStreamSummaryCommand')).toHaveLength(2)
  },
)

it('a snapshot that fails fails for all who wait for it, and is not kept', async () => {
  answers = Promise.reject(new Error('refused'))
  const both = await Promise.allSettled([snapshot(), snapshot()])
  expect(both.map(one => one.status)).toEqual(['rejected', 'rejected'])
  answers = Promise.resolve()
  expect((await snapshot()).shards).toHaveLength(1)
})

it('nobody waits for a snapshot that was given up before it was asked for', async () => {
  await expect(snapshot(AbortSignal.abort('never mind'))).rejects.toBe('never mind')
  expect(asked).toEqual([])
})
