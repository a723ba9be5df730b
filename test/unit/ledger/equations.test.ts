import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Counted, closeLedger } from '../../../electron/core/ledger/equations.ts'
import { percentile } from '../../../electron/core/ledger/percentiles.ts'

const AT = '2026-11-20T00:00:00.000Z'
const amount = fc.nat(1_000_000)

/**
 * Of each record its ends: how many rows it held is a matter of whoever sent it, so records and rows are drawn each
 * alone.
 */
const ends = fc.record({
  records: amount,
  duplicates: amount,
  invalid: amount,
  late: amount,
  loaded: amount,
  givenUp: amount,
})

function ledgerOf({ records, givenUp, ...rows }: typeof ends extends fc.Arbitrary<infer T> ? T : never): Counted {
  return {
    ...rows,
    upTo: { batchId: 7, committedAt: AT },
    notCountedYet: 0,
    inStream: { records: 0, oldestMs: null },
    givenUp,
    events: records,
    sent: records + givenUp,
    accepted: records,
    throttled: 0,
    retried: 0,
    unconfirmed: 0,
    pending: 0,
    received: records,
    read: records,
    readAgain: 0,
    skipped: 0,
    batchRecords: records,
    uncountedBatches: 0,
    rows: rows.duplicates + rows.invalid + rows.late + rows.loaded,
    loadedByBatches: rows.loaded,
    beginningCounted: true,
  }
}

/** A ledger that closes, of records of the simulator. */
const closed = ends.map(ledgerOf)
/** The same when the simulator of this console has sent nothing. */
const bySomebodyElse = closed.map(counted => ({ ...counted, events: 0, sent: 0, accepted: 0, givenUp: 0 }))
const simulatorIn = (names: readonly string[]) => names.filter(name => /sent|accepted/.test(name))

it(
  'a ledger closes when every record was read by a batch and every row has one end, however many rows a record ' +
    'holds',
  () => {
    fc.assert(
      fc.property(
        closed,
        counted => void expect(closeLedger(counted, AT)).toMatchObject({ closes: true, difference: 0 }),
      ),
    )
  },
)

it('a ledger never closes when any one count is wrong, however small the error', () => {
  const ofJob = [
    'received',
    'read',
    'batchRecords',
    'rows',
    'duplicates',
    'invalid',
    'late',
    'loaded',
    'loadedByBatches',
  ] as const
  const members = ['sent', 'accepted', ...ofJob] as const
  fc.assert(
    fc.property(
      closed.filter(counted => counted.sent > 5),
      fc.constantFrom(...members),
      fc.integer({ min: -5, max: 5 }).filter(Boolean),
      (counted, member, error) => {
        const ledger = closeLedger({ ...counted, [member]: counted[member] + error }, AT)
        expect(ledger.closes).toBe(false)
        expect(ledger.difference).toBeGreaterThan(0)
      },
    ),
  )
})

it('a ledger with an unconfirmed record does not close, though its equations hold', () => {
  fc.assert(
    fc.property(closed, counted => {
      const ledger = closeLedger({ ...counted, unconfirmed: 1, sent: counted.sent + 1 }, AT)
      expect(ledger).toMatchObject({ difference: 0, closes: false })
    }),
  )
})

it(
  'a ledger of records that the simulator did not send holds what stream, job and warehouse count, and nothing of ' +
    'the simulator',
  () => {
    fc.assert(
      fc.property(bySomebodyElse, fc.integer({ min: 1, max: 5 }), (counted, error) => {
        const ledger = closeLedger(counted, AT)
        expect(ledger).toMatchObject({ closes: true, difference: 0, others: counted.received })
        expect(simulatorIn(ledger.differences.map(entry => entry.name))).toEqual([])
        for (const member of ['received', 'read', 'batchRecords', 'rows', 'loaded'] as const)
          expect(closeLedger({ ...counted, [member]: counted[member] + error }, AT).closes, member).toBe(false)
      }),
    )
  },
)

it('a ledger closes when others send, too, and says how many records are theirs', () => {
  fc.assert(
    fc.property(closed, fc.integer({ min: 1, max: 1_000 }), (counted, others) => {
      const { received, read, batchRecords } = counted
      const ledger = closeLedger(
        { ...counted, received: received + others, read: read + others, batchRecords: batchRecords + others },
        AT,
      )
      expect(ledger).toMatchObject({ closes: true, others })
    }),
  )
})

it('a ledger closes while records are in flight, and says how many, of which stage, and how old', () => {
  fc.assert(
    fc.property(
      closed.filter(counted => counted.sent > 0),
      fc.integer({ min: 1, max: 1_000 }),
      (counted, under) => {
        const { sent, accepted, received } = counted
        const more = { sent: sent + under + 2, accepted: accepted + under, received: received + under, pending: 2 }
        const ledger = closeLedger({ ...counted, ...more, inStream: { records: under, oldestMs: 900 } }, AT)
        expect(ledger).toMatchObject({ closes: true, difference: 0, inFlightRecords: under + 2 })
        expect(ledger.inFlight).toEqual([
          { stage: 'producer', records: 2, oldestMs: null },
          { stage: 'stream', records: under, oldestMs: 900 },
        ])
        const lost = closeLedger({ ...counted, ...more, inStream: { records: under - 1, oldestMs: 900 } }, AT)
        expect(lost).toMatchObject({ closes: false, difference: 1 })
      },
    ),
  )
})

it('a ledger closes while the count of the stream is late, and says how many records it does not have yet', () => {
  const [counted] = fc.sample(closed, 1)
  const { received, read, batchRecords, ...rest } = { ...(counted as Counted), sent: 12, accepted: 12, givenUp: 0 }
  const late = closeLedger({ ...rest, received: 9, read: 9, batchRecords: 9, notCountedYet: 3 }, AT)
  expect(late).toMatchObject({ closes: true, inFlight: [{ stage: 'metrics', records: 3 }] })
})

it('a record that the simulator has under way is nobody else’s, though the stream has it already', () => {
  const [counted] = fc.sample(closed, 1)
  const { received, ...rest } = counted as Counted
  const ledger = (under: Partial<Counted>, more: number) =>
    closeLedger({ ...rest, ...under, received: received + more }, AT)
  expect(ledger({ pending: 3 }, 3).others).toBe(0)
  expect(ledger({ unconfirmed: 2 }, 2).others).toBe(0)
  expect(ledger({ pending: 3, unconfirmed: 2 }, 6).others).toBe(1)
})

it('a ledger does not close while the stream has fewer records than the simulator had accepted', () => {
  const [counted] = fc.sample(closed, 1)
  const { received, read, batchRecords, ...rest } = { ...(counted as Counted), sent: 12, accepted: 12, givenUp: 0 }
  const ledger = closeLedger({ ...rest, received: 11, read: 11, batchRecords: 11 }, AT)
  expect(ledger).toMatchObject({ closes: false, difference: 1, others: 0 })
})

it('a ledger says of how many batches nobody counted the records', () => {
  const [counted] = fc.sample(closed, 1)
  const ledger = closeLedger({ ...(counted as Counted), uncountedBatches: 3 }, AT)
  expect(ledger.differences.map(entry => entry.name)).toContain(
    'records read = records of the batches (3 did not count them: their rows)',
  )
})

it('a percentile is a measured value, by nearest rank', () => {
  expect(percentile([], 0.5)).toBeNull()
  expect(percentile([3, 1, 2], 0.5)).toBe(2)
  expect(percentile([1, 2, 3, 4], 0.95)).toBe(4)
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, share) =>
      values.includes(percentile(values, share) ?? -1),
    ),
  )
})
