import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Journal, openJournal } from '../../../electron/core/simulator/journal.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { flip } from '../../fixture/damage-file.ts'

const MIX = { seed: 1, duplicatesPercent: 0, invalidPercent: 0, latePercent: 0 }

/** `sent = accepted + given up + refused + unconfirmed + under way`, whatever happened. */
function balance({ state }: Journal): number {
  const underWay = [...state.open.values()].reduce((sum, intent) => sum + intent.first.length + intent.again.length, 0)
  return (
    state.counts.sent -
    state.counts.accepted -
    state.counts.givenUp -
    state.refused.size -
    state.unconfirmed.size -
    underWay
  )
}

/**
 * A life of a simulator: requests that are answered, broken off or left open, refusals that are sent again, look-ups.
 */
const outcome = fc.record({
  size: fc.integer({ min: 1, max: 6 }),
  end: fc.constantFrom('answer', 'unanswered', 'open'),
  marks: fc.array(fc.constantFrom('ok', '-', 'x'), { minLength: 6, maxLength: 6 }),
})

type Outcome = { size: number; end: string; marks: string[] }

function live(journal: Journal, outcomes: Outcome[]): void {
  journal.write({ t: 'mix', key: 'm', mix: MIX })
  let order = 0
  for (const { size, end, marks } of outcomes) {
    const request = journal.state.lastRequest + 1
    const again = [...journal.state.refused.values()].slice(0, 2).map(entry => entry.id)
    const first = Array.from({ length: size }, () => 2 * order++)
    journal.write({ t: 'intent', request, mix: 'm', atMs: request, first, again, made: [size, 0, 0, 0] })
    const entries = [...first, ...again].map((id, index) =>
      marks[index % 6] === 'ok' ? `s/${request}-${id}` : (marks[index % 6] ?? 'x'),
    )
    if (end === 'answer') journal.write({ t: 'answer', request, entries, bytes: 0 })
    if (end === 'unanswered') journal.write({ t: 'unanswered', request, atMs: request })
  }
}

function inFolder(act: (dir: string) => void): void {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-journal-'))
  try {
    act(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

it('accounts for every record after a kill at any byte of the journal', () => {
  fc.assert(
    fc.property(
      fc.array(outcome, { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (outcomes, cut) =>
        inFolder(dir => {
          live(openJournal(dir, careUnderTest().care), outcomes)
          const [file = ''] = readdirSync(dir)
          const bytes = readFileSync(join(dir, file))
          writeFileSync(join(dir, file), bytes.subarray(0, Math.floor(bytes.length * cut)))
          const reopened = openJournal(dir, careUnderTest().care)
          expect(balance(reopened)).toBe(0)
          expect(reopened.state.open.size).toBe(0)
        }),
    ),
    { numRuns: 60 },
  )
})

it('is the same after it was rotated and opened again, and what was under way is unconfirmed', () => {
  fc.assert(
    fc.property(fc.array(outcome, { minLength: 1, maxLength: 12 }), outcomes =>
      inFolder(dir => {
        const journal = openJournal(dir, careUnderTest().care)
        live(journal, outcomes)
        const { counts, unconfirmed, open } = structuredClone({
          counts: journal.state.counts,
          unconfirmed: journal.state.unconfirmed.size,
          open: [...journal.state.open.values()],
        })
        journal.rotate([], 0, true)
        const reopened = openJournal(dir, careUnderTest().care)
        expect(reopened.state.counts).toEqual(counts)
        const underWay = open.reduce((sum, intent) => sum + intent.first.length + intent.again.length, 0)
        expect(reopened.state.unconfirmed.size).toBe(unconfirmed + underWay)
      }),
    ),
    { numRuns: 40 },
  )
})

it('remembers what was accepted as far back as its files, and no further, however long it runs', () => {
  inFolder(dir => {
    const journal = openJournal(dir, careUnderTest().care)
    journal.write({ t: 'mix', key: 'm', mix: MIX })
    for (let request = 1; request <= 4; request++) {
      journal.write({ t: 'intent', request, mix: 'm', atMs: 1, first: [request], again: [], made: [1, 0, 0, 0] })
      journal.write({ t: 'answer', request, entries: [`s/${request}`], bytes: 1 })
      if (request < 4) journal.rotate([], 0, true)
    }
    const remembered = ({ state }: Journal) => [...state.acceptedBefore, ...state.accepted]
    expect(remembered(journal)).toEqual(['s/3', 's/4'])
    expect(remembered(openJournal(dir, careUnderTest().care))).toEqual(['s/3', 's/4'])
    expect(journal.state.counts.accepted).toBe(4)
  })
})

it('what a kill left open is resolved once: after the next kill it is neither unconfirmed nor counted', () => {
  inFolder(dir => {
    const first = openJournal(dir, careUnderTest().care)
    first.write({ t: 'mix', key: 'm', mix: MIX })
    first.write({ t: 'intent', request: 1, mix: 'm', atMs: 7, first: [0, 2, 4], again: [], made: [3, 0, 0, 0] })
    const second = openJournal(dir, careUnderTest().care)
    expect([...second.state.unconfirmed.values()].map(({ id }) => id)).toEqual([0, 2, 4])
    expect(second.state.unconfirmedSinceMs).toBe(7)
    second.write({ t: 'resolved', found: [0, 4], missing: [2], bytes: 20 })
    // Killed before it could be sent again, and no segment was begun since.
    const third = openJournal(dir, careUnderTest().care)
    expect(third.state.unconfirmed.size).toBe(0)
    expect([...third.state.refused.values()].map(({ id }) => id)).toEqual([2])
    expect(third.state.counts).toMatchObject({ sent: 3, accepted: 2, foundInStream: 2 })
    expect(balance(third)).toBe(0)
  })
})

it(
  'goes on without a line that is damaged: a request whose answer is lost is unconfirmed, and is looked up in the ' +
    'stream',
  () => {
    inFolder(dir => {
      const journal = openJournal(dir, careUnderTest().care)
      for (const request of [1, 2]) {
        journal.write({ t: 'intent', request, mix: 'm', atMs: 1, first: [request * 2], again: [], made: [1, 0, 0, 0] })
        journal.write({ t: 'answer', request, entries: [`shard/${request}`], bytes: 10 })
      }
      const file = join(dir, readdirSync(dir)[0] ?? '')
      flip(file, readFileSync(file).indexOf('"shard/1"'))
      const { care, notices } = careUnderTest()
      const reopened = openJournal(dir, care)
      expect(reopened.state.counts).toMatchObject({ sent: 2, accepted: 1 })
      expect([...reopened.state.unconfirmed.values()]).toEqual([{ mix: 'm', id: 2 }])
      expect(notices).toMatchObject([{ state: 'bad', detail: expect.stringContaining('by others') }])
      expect(readdirSync(dir).some(name => name.includes('.damaged-'))).toBe(true)
    })
  },
)
