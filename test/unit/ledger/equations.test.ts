import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Counted, closeLedger } from '../../../electron/core/ledger/equations.ts'
import { percentile } from '../../../electron/core/ledger/percentiles.ts'

const AT = '2026-11-20T00:00:00.000Z'
const amount = fc.nat(1_000_000)

/** A ledger that closes, from the ends of every record. */
const closed = fc.record({ duplicates: amount, invalid: amount, late: amount, loaded: amount, givenUp: amount }).map(ends => {
  const read = ends.duplicates + ends.invalid + ends.late + ends.loaded
  const counted: Counted = {
    ...ends,
    orders: read,
    sent: read + ends.givenUp,
    accepted: read,
    throttled: 0,
    retried: 0,
    unconfirmed: 0,
    pending: 0,
    received: read,
    read,
    readAgain: 0,
    skipped: 0,
    loadedByBatches: ends.loaded,
    beginningCounted: true,
  }
  return counted
})

it('a ledger closes when every record has one end', () => {
  fc.assert(fc.property(closed, counted => void expect(closeLedger(counted, AT)).toMatchObject({ closes: true, difference: 0 })))
})

it('a ledger never closes when any one count is wrong, however small the error', () => {
  const members = ['sent', 'accepted', 'received', 'read', 'duplicates', 'invalid', 'late', 'loaded', 'loadedByBatches'] as const
  fc.assert(
    fc.property(
      closed,
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
