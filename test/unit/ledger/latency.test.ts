import { expect, it } from 'vitest'
import { measureLatency } from '../../../electron/core/ledger/latency.ts'
import { createRedshiftLedgers } from '../../../electron/core/ledgers/redshift/redshift-ledger.ts'
import type { PipelineContext } from '../../../electron/core/pipeline-context.ts'
import type { BatchProgress } from '../../../electron/core/query-state/batch-progress.ts'
import { foodDelivery, testPolls } from '../../fixture/open-core.ts'
import { progressOf } from '../../fixture/progress-of.ts'

const COMMITTED_MS = Date.parse('2026-11-02T03:00:10Z')
const sample = (offset: string, tookMs: number) => ({
  key: offset,
  partitionId: 'shardId-000000000000',
  offset,
  sentAtMs: COMMITTED_MS - tookMs,
})

/** A warehouse in which batch 7 loaded the records that are given; it counts what it is asked for. */
async function warehouseWith(loaded: string[]) {
  const asked: string[][] = []
  let answer: string[] = []
  const answers: Record<string, (input: { Sql?: string }) => object> = {
    ExecuteStatementCommand({ Sql = '' }) {
      const wanted = [...Sql.matchAll(/'(\d+)'/g)].map(([, number = '']) => number)
      asked.push(wanted)
      answer = wanted.filter(number => loaded.includes(number))
      return { Id: '1' }
    },
    DescribeStatementCommand: () => ({
      Status: 'FINISHED',
      HasResultSet: true,
      ResultRows: answer.length,
      Duration: 1,
    }),
    GetStatementResultCommand: () => ({
      ColumnMetadata: [
        { name: 'shard_id', typeName: 'varchar' },
        { name: 'sequence_number', typeName: 'varchar' },
        { name: 'batch_id', typeName: 'int8' },
      ],
      Records: answer.map(number => [
        { stringValue: 'shardId-000000000000' },
        { stringValue: number },
        { longValue: 7 },
      ]),
      TotalNumRows: answer.length,
    }),
  }
  const redshiftData = {
    send: async (command: { constructor: { name: string }; input: object }) =>
      answers[command.constructor.name]?.(command.input),
  }
  const target = { warehouse: { clusterIdentifier: 'sluice', database: 'dev', dbUser: 'awsuser' } }
  const context = {
    aws: { redshiftData },
    polls: testPolls({ kind: 'sandbox' }),
    target,
    spec: await foodDelivery(),
    stateDir: '',
  } as unknown as PipelineContext
  return { asked, context }
}

const progress = { ...progressOf({ end: {}, partitions: {}, endedMs: COMMITTED_MS, tookMs: 0 }), batchId: 7 }
const batches: BatchProgress = {
  one: async () => progress,
  many: async (_, ids) => ids.map(() => progress),
  forget: () => undefined,
}
const clock = { now: () => COMMITTED_MS, monotonic: () => COMMITTED_MS, sleep: async () => undefined }
const ledgerOf = createRedshiftLedgers(clock)
const { signal } = new AbortController()

it('what was found in the warehouse once is not asked for again, and still counts; what was not found is', async () => {
  const loaded = ['1', '2']
  const { asked, context } = await warehouseWith(loaded)
  const samples = [sample('1', 1_000), sample('2', 3_000), sample('3', 9_000)]
  const batchOf = new Map<string, number>()
  const measure = (drawn = samples) => measureLatency(context, { clock, batches, ledgerOf }, drawn, batchOf, signal)

  expect(await measure()).toMatchObject({ samples: 2, p50Ms: 1_000, p99Ms: 3_000 })
  loaded.push('3')
  expect(await measure()).toMatchObject({ samples: 3, p50Ms: 3_000, p99Ms: 9_000 })
  expect(await measure()).toMatchObject({ samples: 3 })
  expect(asked).toEqual([['1', '2', '3'], ['3']])
})

it('a record that is not drawn any more is forgotten', async () => {
  const { asked, context } = await warehouseWith(['1', '2'])
  const batchOf = new Map<string, number>()
  const [first, second] = [sample('1', 1_000), sample('2', 3_000)]
  for (const drawn of [[first], [second], [first]]) {
    expect(await measureLatency(context, { clock, batches, ledgerOf }, drawn, batchOf, signal)).toMatchObject({
      samples: 1,
    })
  }
  expect(asked).toEqual([['1'], ['2'], ['1']])
})
