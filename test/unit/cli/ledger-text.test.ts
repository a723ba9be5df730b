import { expect, it } from 'vitest'
import { closeLedger } from '../../../electron/core/ledger/equations.ts'
import { ledgerText } from '../../../electron/hosts/cli/demo/report.ts'

const COUNTED = {
  ...{ upTo: { batchId: 7, committedAt: '2026-11-26T00:00:00.000Z' }, notCountedYet: 0 },
  inStream: { records: 0, oldestMs: null as number | null },
  ...{ events: 0, sent: 0, accepted: 0, throttled: 0, retried: 0, unconfirmed: 0, pending: 0, givenUp: 0 },
  ...{
    received: 41,
    read: 41,
    readAgain: 0,
    skipped: 0,
    batchRecords: 41,
    uncountedBatches: 0,
    beginningCounted: true,
  },
  ...{ rows: 120, duplicates: 40, invalid: 40, late: 0, loaded: 40, loadedByBatches: 40 },
}
const linesOf = (change: Partial<typeof COUNTED> = {}) =>
  ledgerText(closeLedger({ ...COUNTED, ...change }, '2026-11-26T00:00:00.000Z'))

it(
  'the ledger is printed with records and rows by their names, and without the simulator while that has sent ' +
    'nothing',
  () => {
    const lines = linesOf()
    expect(lines).toContainEqual(expect.stringMatching(/^of batches +41 {2}records +warehouse/))
    expect(lines).toContainEqual(expect.stringMatching(/^held +120 {2}rows +warehouse/))
    expect(lines).toContainEqual(expect.stringMatching(/^by others +41 {2}records +stream/))
    expect(lines.filter(line => /^(sent|accepted|unconfirmed|given up)\b/.test(line))).toEqual([])
    expect(lines).toContain('The simulator of this console has sent nothing: what it counts is left out.')
    expect(lines).toContain('Up to batch 7, committed 2026-11-26T00:00:00.000Z.')
    expect(lines.at(-1)).toBe('The ledger closes. Nothing is in flight.')
  },
)

it('the ledger of a pipeline that runs closes, and says what is in flight, where, and how old it is at most', () => {
  const lines = linesOf({ received: 53, sent: 55, accepted: 53, pending: 2, inStream: { records: 12, oldestMs: 900 } })
  expect(lines).toContain('received = records read + in flight: 53 = 53 ✓')
  expect(lines).toContain('In flight: 2 records sent and not answered yet.')
  expect(lines).toContain(
    'In flight: 12 records in the stream, not in a committed batch yet, the oldest up to 900 ms old.',
  )
  expect(lines.at(-1)).toBe('The ledger closes, with 14 records in flight.')
})

it(
  'the ledger is printed with what the simulator counts once it has sent anything, and with others only when there ' +
    'are any',
  () => {
    const lines = linesOf({ sent: 41, accepted: 41 })
    expect(lines).toContainEqual(expect.stringMatching(/^sent +41 {2}records +simulator/))
    expect(lines).toContain('accepted = received by the stream: 41 = 41 ✓')
    expect(lines.filter(line => line.startsWith('by others'))).toEqual([])
  },
)

it('the ledger that does not close says which equation fails, and by how much', () => {
  const lines = linesOf({ batchRecords: 39 })
  expect(lines).toContain('records read = records of the batches: 41 = 39 ✗ off by 2')
  expect(lines.at(-1)).toBe('The ledger does not close.')
})
