import { expect, it } from 'vitest'
import { enginePid, runningSandbox } from '../fixture/engine-process.ts'
import { seeded } from '../fixture/seeded.ts'
import { runSluice, type Started, startSluice, temporaryFolder } from '../fixture/sluice.ts'

const RUNS = 20
const VICTIMS = ['engine', 'sandbox', 'core'] as const
type Victim = (typeof VICTIMS)[number]
/**
 * The runs are spread over so many pipelines, side by side: each waits for processes to start and end more than it
 * computes.
 */
const PIPELINES = 2

const sandboxPid = (data: string): number => runningSandbox(data).pid

function pidOf(victim: Victim, run: Started, data: string): number | undefined {
  if (victim === 'core') return run.child.pid
  return victim === 'sandbox' ? sandboxPid(data) : enginePid(data)
}

/** Waits until the run has sent this many records, as it says itself on its progress. */
async function hasSent(run: Started, records: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setInterval(() => {
      const said = [...run.stderr().matchAll(/sent ([\d,]+) \(/g)].at(-1)?.[1]
      if (Number(said?.replaceAll(',', '') ?? 0) < records) return
      clearInterval(timer)
      resolve()
    }, 10)
    run.finished.then(end => {
      clearInterval(timer)
      reject(new Error(`it ended before it had sent ${records} records:\n${end.stderr}`))
    }, reject)
  })
}

/** Kills victims in a pipeline of its own, one a run of the demo; the ledger must close after each. */
async function killEach(victims: readonly Victim[], random: () => number, story: string[]): Promise<void> {
  const state = await temporaryFolder()
  let sentBefore = 0
  try {
    for (const victim of victims) {
      const args = ['demo', '--json', '--data', state.path, '--events', '1200', '--rate', '900', '--shards', '2']
      const run = startSluice(args)
      const point = sentBefore + Math.floor(random() * 1_000)
      await hasSent(run, Math.max(1, point))
      const pid = pidOf(victim, run, state.path)
      story.push(`${state.path}: kill ${victim} (${pid ?? 'none'}) once ${point} were sent`)
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      let end = await run.finished
      if (victim === 'core') {
        expect(end.signal).toBe('SIGKILL')
        end = await runSluice([...args.slice(0, 4), '--events', '50', '--shards', '2'])
      }
      expect(end.exitCode, `${story.join('\n')}\n${end.stderr}`).toBe(0)
      /** `others`: nobody else sends, so what the simulator sent twice would be here. */
      const json = end.json as {
        difference: number
        inFlight: number
        unconfirmed: number
        others: number
        sent: number
      }
      expect(json, story.join('\n')).toMatchObject({ difference: 0, inFlight: 0, unconfirmed: 0, others: 0 })
      sentBefore = json.sent
    }
  } finally {
    await runSluice(['stop', '--data', state.path])
    await state.remove()
  }
}

it.skipIf(process.platform !== 'linux')(
  `the ledger closes after each of ${RUNS} kill -9 of engine, sandbox and core at random points (needs /proc)`,
  async () => {
    const seed = Number(process.env.SLUICE_KILL_SEED ?? Date.now() % 1_000_000)
    const story: string[] = [`SLUICE_KILL_SEED=${seed}`]
    const victims = Array.from({ length: RUNS }, (_, round) => VICTIMS[round % VICTIMS.length] as Victim)
    const ended = await Promise.allSettled(
      Array.from({ length: PIPELINES }, (_, index) => {
        const own = victims.filter((_victim, round) => round % PIPELINES === index)
        return killEach(own, seeded(seed + index), story)
      }),
    )
    for (const pipeline of ended) if (pipeline.status === 'rejected') throw pipeline.reason
    expect(story).toHaveLength(1 + RUNS)
  },
  900_000,
)
