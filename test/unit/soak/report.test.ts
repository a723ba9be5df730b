import { describe, expect, it } from 'vitest'
import type { Ledger } from '../../../shared/features/ledger.ts'
import { type Outcome, problemsOf } from '../../soak/report.ts'
import { addProblem, newTally } from '../../soak/tally.ts'

const ledger = (change: Partial<Ledger> = {}): Ledger => ({
  at: '2026-11-30T12:00:00.000Z',
  upTo: { batchId: 7, committedAt: null },
  inFlight: [],
  inFlightRecords: 0,
  events: 100,
  sent: 103,
  accepted: 103,
  throttled: 0,
  retried: 2,
  unconfirmed: 0,
  pending: 0,
  givenUp: 0,
  received: 103,
  others: 0,
  read: 103,
  readAgain: 0,
  skipped: 0,
  batchRecords: 103,
  rows: 103,
  duplicates: 3,
  invalid: 1,
  late: 1,
  loaded: 98,
  differences: [],
  difference: 0,
  closes: true,
  ...change,
})

function outcome(
  change: Partial<Ledger> = {},
  of: { rows?: number; keys?: number; uploadsKept?: number } = {},
): Outcome {
  return {
    seed: 1,
    minutes: 1,
    interrupted: false,
    tally: newTally(),
    memory: { oldest: [], processes: 3 },
    diskBytes: 0,
    uploadsKept: of.uploadsKept ?? 0,
    conclusion: { ledger: ledger(change), foundInStream: 0, rows: of.rows ?? 98, keys: of.keys ?? 98, shards: [] },
  }
}

describe('the verdict of a soak', () => {
  it('is good when the ledger closes and every order is once in the fact table', () => {
    expect(problemsOf(outcome())).toEqual([])
  })

  it('names each thing that is not accounted for', () => {
    expect(problemsOf(outcome({ difference: 2 }))).toEqual(['difference is 2 in the ledger, and must be 0'])
    expect(problemsOf(outcome({ others: 1_500 }))).toEqual(['others is 1500 in the ledger, and must be 0'])
    expect(problemsOf(outcome({ unconfirmed: 1 }))).toEqual(['unconfirmed is 1 in the ledger, and must be 0'])
    expect(problemsOf(outcome({ read: 100 }))).toEqual(['103 records were accepted, and 100 were read'])
    expect(problemsOf(outcome({}, { keys: 97 }))).toEqual(['the fact table has 98 rows of 97 orders'])
    expect(problemsOf(outcome({}, { rows: 99, keys: 99 }))).toEqual(['the fact table has 99 rows, and 98 were loaded'])
    expect(problemsOf(outcome({}, { uploadsKept: 1 }))).toEqual(['1 aborted uploads became objects'])
  })

  it('is bad when nothing was sent, when it did not drain, and when something was wrong on the way', () => {
    expect(problemsOf(outcome({ accepted: 0, read: 0 }))).toEqual(['0 records were accepted, and 0 were read'])
    expect(problemsOf({ ...outcome(), conclusion: undefined })).toEqual(['the pipeline did not drain'])
    const soaked = outcome()
    for (const _ of [1, 2]) addProblem(soaked.tally, 'a console ended with a stack')
    expect(problemsOf(soaked)).toEqual(['a console ended with a stack (2 times)'])
  })
})
