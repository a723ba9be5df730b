import { problemsOf } from '../../fixture/spark-kills/problems.ts'
import { runKills } from '../../fixture/spark-kills/run.ts'
import type { Report } from '../report.ts'

/** Of each run. */
const PLAN = { driverKills: 2, workerKills: 4, failedCopies: 1 }

/**
 * Independent runs of a job on Spark that is killed, over and over, one seed each: `seed`, `seed + 1` and so on; the
 * same seed draws the same again.
 * @throws Error that names the seeds whose run did not close
 */
export async function soakSparkKills(report: Report, { runs, seed }: { runs: number; seed: number }): Promise<void> {
  const failed: number[] = []
  for (let one = seed; one < seed + runs; one++) {
    const beganMs = performance.now()
    const story: string[] = []
    const said = await runKills({ seed: one, ...PLAN }, text => story.push(text)).then(
      outcome => ({ outcome, problems: problemsOf(outcome) }),
      (error: Error) => ({ outcome: undefined, problems: [error.stack ?? error.message] }),
    )
    const { outcome, problems } = said
    if (problems.length > 0) {
      failed.push(one)
      process.stderr.write(`${[`seed ${one}`, ...story, ...problems].join('\n')}\n`)
    }
    report({
      name: `spark, kills, seed ${one}`,
      value: outcome?.ledger.difference ?? Number.NaN,
      unit: 'difference',
      detail:
        `${problems.length === 0 ? 'closes' : 'DOES NOT CLOSE'}; ${outcome?.kills ?? '?'} kills, ` +
        `${outcome?.stepsEnded ?? '?'} steps ended, ${outcome?.ledger.read ?? '?'} records, ` +
        `${outcome?.batches.length ?? '?'} batches, ${((performance.now() - beganMs) / 1000).toFixed(0)} s`,
    })
  }
  if (failed.length > 0)
    throw new Error(
      `Did not close: ${failed.map(one => `npm run bench -- spark-kills --runs 1 --seed ${one}`).join('; ')}`,
    )
}
