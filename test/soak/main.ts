import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ListBucketsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { createClients } from '../../electron/core/targets/clients.ts'
import { readAccessKey } from '../../electron/hosts/sandbox/access-key.ts'
import { folderSize } from '../../electron/hosts/spark/folder-size.ts'
import type { SimulatorOptions } from '../../shared/features/simulator.ts'
import { sandboxTarget } from '../fixture/open-core.ts'
import { seeded } from '../fixture/seeded.ts'
import { temporaryFolder } from '../fixture/sluice.ts'
import { perform, UPLOADS } from './acts.ts'
import { createMemory } from './memory.ts'
import { createOperator } from './operator.ts'
import { planActs } from './plan.ts'
import { type Conclusion, type Outcome, outcomeJson, outcomeText, problemsOf } from './report.ts'
import { addProblem, newTally } from './tally.ts'
import { createWorld, type World } from './world.ts'

/*
 * npm run soak -- --minutes N [--seed N] [--rate N] [--json] A pipeline in the sandbox, with everything that may happen
 * to it, for so long; then it drains, and every order must be accounted for: exit code 0 only if so. Linux. Ctrl-C ends
 * it early, with the report; a second one ends it at once.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rate: { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
  },
})
const [minutes, seed, rate] = [Number(values.minutes), Number(values.seed), Number(values.rate)]
const wrong = [
  ...(minutes > 0 ? [] : [`--minutes is how long, more than 0: not ${values.minutes}`]),
  ...(Number.isInteger(seed) && seed >= 0 ? [] : [`--seed is a whole number from 0 on: not ${values.seed}`]),
  ...(rate > 0 && rate <= 5_000 ? [] : [`--rate is orders a second, up to 5,000: not ${values.rate}`]),
  ...(process.platform === 'linux' ? [] : ['The soak reads processes from /proc: it needs Linux.']),
]
if (wrong.length > 0) {
  process.stderr.write(`${wrong.join('\n')}\n`)
  process.exit(2)
}

const SHARDS = 2
const MINUTE_MS = 60_000
const MEMORY_MS = 5_000
const options: SimulatorOptions = {
  mix: { seed: seed % 1_000, duplicatesPercent: 2, invalidPercent: 1, latePercent: 1 },
  profile: { kind: 'constant', perSecond: rate },
}

const say = (line: string) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`)
const now = () => performance.now()
const folder = await temporaryFolder()
const world = createWorld(folder.path)
const tally = newTally()
const memory = createMemory(now)
const operator = createOperator({ world, tally, options, now })
const over = new AbortController()
let interrupted = false
const interrupt = () => {
  if (interrupted) process.exit(130)
  interrupted = true
  say('ending: the pipeline drains; press Ctrl-C again to end at once')
  over.abort()
}
process.on('SIGINT', interrupt)
process.on('SIGTERM', interrupt)

say(`seed ${seed}, ${minutes} minutes, ${rate} orders a second, in ${folder.path}`)
const startedMs = now()
const outcome = await soak()
process.stdout.write(values.json ? `${JSON.stringify(outcomeJson(outcome))}\n` : outcomeText(outcome))
if (problemsOf(outcome).length > 0) say(`the data folder is kept: ${folder.path}`)
else await folder.remove()
process.exit(interrupted ? 130 : problemsOf(outcome).length === 0 ? 0 : 1)

async function soak(): Promise<Outcome> {
  let conclusion: Conclusion | undefined
  let uploadsKept = 0
  try {
    await operator.setUp(SHARDS)
    const timer = setTimeout(() => over.abort(), minutes * MINUTE_MS)
    await Promise.all([operator.keepGoing(over.signal), act(), watch(over.signal)])
    clearTimeout(timer)
    say('draining')
    conclusion = await operator.conclude()
    sampleMemory()
    uploadsKept = await countUploads(world)
  } catch (error) {
    addProblem(tally, `it could not go on: ${error instanceof Error ? error.stack : String(error)}`)
  }
  const elapsed = (now() - startedMs) / MINUTE_MS
  for (const entry of await endConsoles(world)) addProblem(tally, entry)
  return {
    seed,
    minutes: elapsed,
    interrupted,
    tally,
    memory: { oldest: memory.oldest(), processes: memory.processes() },
    diskBytes: (await folderSize(folder.path)) ?? 0,
    uploadsKept,
    conclusion,
  }
}

/** One act after the other; those that last go on beside the next ones. */
async function act(): Promise<void> {
  const underWay = new Set<Promise<void>>()
  for (const next of planActs(seeded(seed))) {
    await pause(next.afterMs)
    if (over.signal.aborted) break
    const running = perform({ world, tally, options, disrupted: operator.disrupted }, next)
      .then(
        done => {
          if (done) tally.acts[next.kind]++
          else tally.passed++
        },
        error => addProblem(tally, `${next.kind}: ${String(error).slice(0, 600)}`),
      )
      .finally(() => underWay.delete(running))
    underWay.add(running)
  }
  await Promise.all(underWay)
}

/** Memory every few seconds, and a line every minute. */
async function watch(signal: AbortSignal): Promise<void> {
  let lines = 0
  while (!signal.aborted) {
    sampleMemory()
    if (now() - startedMs > (lines + 1) * MINUTE_MS) {
      lines++
      say(progressLine())
    }
    await pause(MEMORY_MS)
  }
}

function sampleMemory(): void {
  memory.sample([
    ...world.consoles().map(({ pid }) => ({ role: 'console', pid })),
    { role: 'sandbox', pid: world.lastSandboxPid() },
    { role: 'engine', pid: world.enginePid() },
  ])
}

function progressLine(): string {
  const newest = operator.newest()
  const counts = newest?.status.counts
  const happened = Object.values(tally.acts).reduce((sum, times) => sum + times, 0)
  return [
    `${Math.round((now() - startedMs) / MINUTE_MS)} min`,
    `accepted ${counts?.accepted.toLocaleString('en-US') ?? 0}`,
    `batch ${newest?.batchId ?? -1}`,
    `${happened} acts`,
    `${world.consoles().length} consoles`,
    `longest recovery ${(tally.longestRecoveryMs / 1_000).toFixed(1)} s`,
    `${tally.problems.size} problems`,
  ].join(' · ')
}

async function pause(ms: number): Promise<void> {
  await delay(ms, undefined, { signal: over.signal }).catch(endedEarly)
}

async function countUploads({ endpoint, data }: World): Promise<number> {
  const address = await endpoint()
  if (address === undefined) return 0
  const aws = createClients(sandboxTarget(address), await readAccessKey(data))
  try {
    const { Buckets = [] } = await aws.s3.send(new ListBucketsCommand())
    const listed = await Promise.all(
      Buckets.map(({ Name }) => aws.s3.send(new ListObjectsV2Command({ Bucket: Name ?? '', Prefix: UPLOADS }))),
    )
    return listed.reduce((sum, { KeyCount = 0 }) => sum + KeyCount, 0)
  } finally {
    aws.close()
  }
}

/** Ends the guests first, the holder of core last; gives what was wrong with that. */
async function endConsoles({ consoles, holder }: World): Promise<string[]> {
  const first = await holder()
  const problems: string[] = []
  for (const entry of [...consoles().filter(other => other !== first), ...(first ? [first] : [])]) {
    const exitCode = await entry.stop()
    if (exitCode !== 0) problems.push(`a console ended with exit code ${exitCode}: ${entry.said().slice(-400)}`)
  }
  return problems
}

/** The one error of a wait that is cut short. */
function endedEarly(error: Error): void {
  if (error.name !== 'AbortError') throw error
}
