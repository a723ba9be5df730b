import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseCsv } from '../../../electron/core/simulator/csv.ts'
import { createEventSource } from '../../../electron/core/simulator/event-source.ts'
import { classifyBatch } from '../../../electron/engine/rules/batch.ts'
import { compileJobPlan } from '../../../shared/pipelines/compile/compile.ts'
import { lockedDuckdb } from '../../fixture/locked-duckdb.ts'
import { weatherStations } from '../../fixture/read-pipeline.ts'

const { pipeline, text } = await weatherStations()
const dimensions = new Map([['stations', parseCsv(await text('dims/stations.csv'))]])
const SAMPLE = 2_000
const eventsOf = (invalidPercent: number) => {
  const source = createEventSource(pipeline, dimensions, {
    seed: 7,
    duplicatesPercent: 0,
    invalidPercent,
    latePercent: 0,
  })
  return Array.from({ length: SAMPLE }, (_, n) => source.event(n))
}

const duckdb = lockedDuckdb()

const judge = (events: ReturnType<typeof eventsOf>) =>
  classifyBatch(duckdb().connection, compileJobPlan(pipeline), {
    batchId: 1,
    records: events.map(({ data, partitionKey }, n) => ({
      partitionId: 'shardId-0',
      offset: String(n),
      partitionKey,
      arrivedMs: 0,
      readAtMs: 0,
      data,
    })),
    watermarkMs: undefined,
    stagedFile: join(duckdb().folder, 'staged.parquet'),
  })

describe('simulated events with fields of every type', () => {
  it('are what their spec declares, each of them', async () => {
    const { counts, quarantine } = await judge(eventsOf(0))
    expect(quarantine.invalid).toEqual([])
    expect(counts.staged + counts.duplicatesInBatch).toBe(SAMPLE)
  })

  it('are not when they are broken on purpose, each of them', async () => {
    const { counts, quarantine } = await judge(eventsOf(100))
    expect(counts.invalid).toBe(SAMPLE)
    const reasons = new Set(quarantine.invalid.map(({ reason }) => reason))
    for (const field of ['calibrated', 'pulses', 'site']) expect(reasons).toContain(`wrong_type:${field}`)
  })

  it('leave optional values out in their share, and have lists of each length and keys of each kind', () => {
    const events = eventsOf(0).map(({ data }) => JSON.parse(Buffer.from(data).toString()))
    const share = (has: (event: Record<string, unknown>) => boolean) => events.filter(has).length / SAMPLE
    expect(share(event => !('counts' in event))).toBeCloseTo(0.2, 1)
    expect(share(({ site }) => !('position' in (site as object)))).toBeCloseTo(0.1, 1)
    expect(share(event => event.calibrated === true)).toBeCloseTo(0.8, 1)
    const lengths = new Set(events.map(event => event.gusts.length))
    expect(lengths).toEqual(new Set([0, 1, 2, 3, 4]))
    const keys = new Set(events.flatMap(event => Object.keys(event.counts ?? {})))
    expect(keys).toEqual(new Set(['rain', 'snow', 'hail.large']))
    expect(events.some(event => event.diagnosis?.battery.includes(null))).toBe(true)
    expect(events.every(event => Number.isSafeInteger(event.pulses) && event.pulses > 2 ** 31)).toBe(true)
  })
})
