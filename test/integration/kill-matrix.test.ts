import { expect, it } from 'vitest'
import { enginePid, runningSandbox } from '../fixture/engine-process.ts'
import { runSluice, type Started, startSluice, temporaryFolder } from '../fixture/sluice.ts'

const RUNS = 20
const VICTIMS = ['engine', 'sandbox', 'core'] as const
type Victim = (typeof VICTIMS)[number]

/** A small generator with a seed that is printed, so that a failing run can be repeated. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

const sandboxPid = (data: string): number => runningSandbox(data).pid

function pidOf(victim: Victim, run: Started, data: string): number | undefined {
  if (victim === 'core') return run.child.pid
  return victim === 'sandbox' ? sandboxPid(data) : enginePid(data)
}

/** Waits until the run has sent this many records, as it says itself on its progress. */
async function hasSent(run: Started, records: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const look = setInterval(() => {
      const said = [...run.stderr().matchAll(/sent ([\d,]+) \(/g)].at(-1)?.[1]
      if (Number(said?.replaceAll(',', '') ?? 0) < records) return
      clearInterval(look)
      resolve()
    }, 10)
    void run.finished.then(end => {
      clearInterval(look)
      reject(new Error(`it ended before it had sent ${records} records:\n${end.stderr}`))
    })
  })
}

it.skipIf(process.platform !== 'linux')(
  `the ledger closes after each of ${RUNS} kill -9 of engine, sandbox and core at random points (needs /proc)`,
  async () => {
    const seed = Number(process.env.SLUICE_KILL_SEED ?? Date.now() % 1_000_000)
    const random = seeded(seed)
    const state = await temporaryFolder()
    const story: string[] = [`SLUICE_KILL_SEED=${seed}`]
    let sentBefore = 0
    try {
      for (let round = 0; round < RUNS; round++) {
        const victim = VICTIMS[round % VICTIMS.length] as Victim
        const args = ['demo', '--json', '--data', state.path, '--orders', '1200', '--rate', '900', '--shards', '2']
        const run = startSluice(args)
        const point = sentBefore + Math.floor(random() * 1_000)
        await hasSent(run, Math.max(1, point))
        const pid = pidOf(victim, run, state.path)
        story.push(`round ${round}: kill ${victim} (${pid ?? 'none'}) once ${point} were sent`)
        if (pid !== undefined) process.kill(pid, 'SIGKILL')
        let end = await run.finished
        if (victim === 'core') {
          expect(end.signal).toBe('SIGKILL')
          end = await runSluice([...args.slice(0, 4), '--orders', '50', '--shards', '2'])
        }
        expect(end.exitCode, `${story.join('\n')}\n${end.stderr}`).toBe(0)
        const json = end.json as {
          difference: number
          unconfirmed: number
          /** Nobody else sends: what the simulator sent twice would be here. */
          others: number
          sent: number
          accepted: number
          read: number
          loaded: number
        }
        expect(json, story.join('\n')).toMatchObject({ difference: 0, unconfirmed: 0, others: 0 })
        sentBefore = json.sent
      }
    } finally {
      await runSluice(['stop', '--data', state.path])
      await state.remove()
    }
  },
  900_000,
)
