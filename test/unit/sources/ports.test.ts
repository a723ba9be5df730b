import { beforeEach, describe, expect, it } from 'vitest'
import { createCheckpointService } from '../../../electron/core/checkpoint/checkpoint.ts'
import { createPace } from '../../../electron/core/clock/pace.ts'
import { createLagService } from '../../../electron/core/lag/lag.ts'
import { createLedgerService } from '../../../electron/core/ledger/ledger.ts'
import { createLedgers } from '../../../electron/core/ledgers/ledgers.ts'
import { createBatchProgress } from '../../../electron/core/query-state/batch-progress.ts'
import { findUnconfirmed } from '../../../electron/core/simulator/find-unconfirmed.ts'
import { createReadBudget } from '../../../electron/core/sources/read-budget.ts'
import { createSources } from '../../../electron/core/sources/sources.ts'
import { createTraceService } from '../../../electron/core/trace/trace.ts'
import type { SimulatorStatus } from '../../../shared/features/simulator.ts'
import { behind, openMemoryPipeline } from '../../fixture/memory-pipeline.ts'

const NOW = Date.parse('2026-11-20T12:00:30Z')
const SCOPE = { target: 'sandbox', pipeline: 'rides' }
const { signal } = new AbortController()
const ROW = { key: ['Bern, CH', 'r-1'], place: { partition: 'left', offset: '1' } }

let pipeline: Awaited<ReturnType<typeof openMemoryPipeline>>
let deps: ReturnType<typeof depsOf>

function depsOf({ clock, context, sourceKinds, ledgerKinds }: typeof pipeline) {
  return {
    contextOf: async () => context,
    clock,
    pace: createPace(clock),
    batches: createBatchProgress(),
    budget: createReadBudget(clock),
    random: () => 0.5,
    sourceOf: createSources(clock, sourceKinds),
    ledgerOf: createLedgers(clock, ledgerKinds),
  }
}

beforeEach(async () => {
  pipeline = await openMemoryPipeline(NOW)
  deps = depsOf(pipeline)
  pipeline.receive('left', [600_000, 300_000, 120_000])
  pipeline.receive('right', [600_000])
})

describe('a kind of source and a kind of sink that are rows of the tables and nothing more', () => {
  it('have their lag measured, in their own words and positions', async () => {
    pipeline.commit(0, { left: behind(1, 12), right: behind(0, 7) }, [ROW])
    const lag = await createLagService(deps).now(SCOPE, { signal })
    expect(
      lag.partitions.map(({ partitionId, behindRecords, position }) => [partitionId, behindRecords, position]),
    ).toEqual([
      ['left', 1, 'behind 1'],
      ['right', 0, 'behind 0'],
    ])
    expect(lag.total.behindRecords).toBe(1)
    expect(lag.sources[0]?.name).toBe('the lanes')
  })

  it('have a drained partition known by their own position of its end', async () => {
    pipeline.commit(0, { left: behind(2, 18), right: { position: 'end', records: 1, bytes: 7 } }, [ROW])
    const lag = await createLagService(deps).now(SCOPE, { signal })
    expect(lag.partitions.map(({ partitionId, state }) => [partitionId, state])).toEqual([
      ['left', 'open'],
      ['right', 'drained'],
    ])
  })

  it('have their ledger closed', async () => {
    const loaded = [0, 1, 2, 3].map(ride => ({
      key: ['Bern', `r-${ride}`],
      place: { partition: ride === 3 ? 'right' : 'left', offset: String(ride % 3) },
    }))
    pipeline.commit(0, { left: behind(2, 18), right: behind(0, 7) }, loaded)
    const simulator = { status: async () => SENT_NOTHING, samples: async () => [] }
    const ledger = await createLedgerService({ ...deps, simulator }).read(SCOPE, { signal })
    expect(ledger).toMatchObject({ received: 4, read: 4, batchRecords: 4, loaded: 4, closes: true })
  })

  it('have a row traced by a key of two columns, one of whose values has a comma', async () => {
    pipeline.commit(0, { left: behind(1, 12), right: behind(0, 7) }, [ROW])
    const trace = createTraceService({ ...deps, samples: async () => [] })
    const [key = ''] = await trace.recent(SCOPE, { signal })
    expect(key).toBe('Bern\\, CH,r-1')
    expect(await trace.find({ ...SCOPE, key }, { signal })).toMatchObject({
      row: { table: 'rows', values: ['Bern, CH', 'r-1'] },
      record: { partitionId: 'left', offset: '1', data: 'left 1' },
      batch: { id: 0 },
    })
    expect((await trace.find({ ...SCOPE, key: 'Bern,r-1' }, { signal })).row).toBeNull()
    await expect(trace.find({ ...SCOPE, key: 'r-1' }, { signal })).rejects.toMatchObject({
      error: { code: 'invalid_input', message: expect.stringContaining('city,ride') },
    })
  })

  it('have their checkpoint judged, and what a reset costs', async () => {
    pipeline.commit(0, { left: behind(1, 12), right: behind(0, 7) }, [ROW])
    const checkpoint = createCheckpointService({
      ...deps,
      newQueryId: () => 'query-2',
      stepsOnCheckpoint: async () => ({}),
      stepsOnSparkCheckpoints: async () => [],
    })
    const preflight = await checkpoint.preflight(SCOPE, { signal })
    const said = (check: string) => preflight.verdicts.find(verdict => verdict.check === check)?.said
    expect(said('partitions')).toBe('All 2 lanes of its positions are there.')
    expect(said('retention')).toContain('1 record waits')
    expect(said('warehouse')).toContain('1 batch in the batch table')
    expect(preflight.choices.find(choice => choice.kind === 'oldest')).toMatchObject({ readAgain: 3, firstTime: 1 })
    expect(preflight.choices.find(choice => choice.kind === 'oldest')?.consequences.join()).toContain('city, ride')
  })

  it('have what a request without an answer sent found by its bytes', async () => {
    const sought = ['left 2', 'left 9'].map((key, id) => ({ id, partitionKey: key, data: Buffer.from(key) }))
    const source = deps.sourceOf(pipeline.context)
    expect(await findUnconfirmed(source, deps.clock, sought, () => false, NOW, signal)).toEqual({
      found: [0],
      missing: [1],
      offsets: ['left/2'],
    })
  })
})

it('a kind without a row in its table is refused by the name of the table', () => {
  expect(() => createSources(deps.clock)(pipeline.context)).toThrow('sources.ts')
  expect(() => createLedgers(deps.clock)(pipeline.context)).toThrow('ledgers.ts')
})

const SENT_NOTHING = {
  counts: { events: 0, sent: 0, accepted: 0, throttled: 0, retried: 0, unconfirmed: 0, pending: 0, givenUp: 0 },
} as SimulatorStatus
