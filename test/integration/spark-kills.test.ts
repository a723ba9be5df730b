import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROBLEMS } from '../fixture/spark-kills/problems.ts'
import { type KillOutcome, runKills } from '../fixture/spark-kills/run.ts'

const HOUR_MS = 3_600_000

/**
 * A driver takes some ten seconds to be back, a worker one or two. `npm run bench -- spark-kills` does the same many
 * times over.
 */
const PLAN = { driverKills: 3, workerKills: 12, failedCopies: 2 }

describe.skipIf(process.platform !== 'linux')('a streaming job on Spark (needs /proc)', () => {
  const seed = Number(process.env.SLUICE_KILL_SEED ?? Date.now() % 1_000_000)
  const story: string[] = [`SLUICE_KILL_SEED=${seed}`]
  let outcome: KillOutcome
  const none = (problems: string[]) => expect(problems, story.join('\n')).toEqual([])

  beforeAll(async () => {
    outcome = await runKills({ seed, ...PLAN }, text => story.push(text))
  }, HOUR_MS)
  afterAll(() => void process.stderr.write(`${story.join('\n')}\n`))

  it(
    'goes on after kill -9 of driver and workers at random points and between two batches, failed COPYs and a ' +
      'resharding',
    () => {
      expect(outcome.kills).toBe(PLAN.driverKills + PLAN.workerKills + 1)
      none(PROBLEMS.steps(outcome))
    },
  )

  it('closes the ledger with a difference of 0, and every kind of record was among them', () => {
    expect(outcome.ledger).toMatchObject({ difference: 0, inFlightRecords: 0, closes: true })
    none(PROBLEMS.ledger(outcome))
  })

  it('has every record in one place once: no row, no line twice, nothing lost and nothing invented', () => {
    none(PROBLEMS.records(outcome))
  })

  it("has in Spark's own counters what the warehouse has, batch by batch", () => {
    none(PROBLEMS.batches(outcome))
  })
})
