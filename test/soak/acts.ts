import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { ListBucketsCommand, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3'
import { createClients } from '../../electron/core/targets/clients.ts'
import { readAccessKey } from '../../electron/hosts/sandbox/access-key.ts'
import { isOver, type SimulatorOptions } from '../../shared/features/simulator.ts'
import { SCOPE, sandboxTarget } from '../fixture/open-core.ts'
import { startProgram } from './console-process.ts'
import { finish, isOutage, take } from './outage.ts'
import { type Act, type ActKind, shardsAfter } from './plan.ts'
import { addProblem, type Tally } from './tally.ts'
import type { World } from './world.ts'

const MOST_CONSOLES = 4
const INSPECTION_LIMIT_MS = 180_000
const INSPECTIONS = ['lag', 'jobs', 'ledger', 'plan', 'checkpoint'] as const
/** Where aborted uploads would be, if one was kept. */
export const UPLOADS = 'soak/'

interface Stage {
  world: World
  tally: Tally
  options: SimulatorOptions
  /** Called when something was killed or stopped. */
  disrupted: () => void
}

/** Does one thing. Returns false when there was nothing to do it to. */
export const perform = (stage: Stage, act: Act): Promise<boolean> => ACTS[act.kind](stage, act.draw)

const ACTS: Record<ActKind, (stage: Stage, draw: number) => Promise<boolean>> = {
  'kill engine': async stage => kill(stage, stage.world.enginePid()),
  'kill sandbox': async stage => kill(stage, await stage.world.sandboxPid()),
  async 'kill core'(stage) {
    const holder = await stage.world.holder()
    if (!holder) return false
    stage.disrupted()
    await holder.kill()
    return true
  },
  async 'stop sandbox for a while'(stage, draw) {
    const pid = await stage.world.sandboxPid()
    if (pid === undefined || !signal(pid, 'SIGSTOP')) return false
    stage.disrupted()
    try {
      await delay(1_000 + draw * 6_000)
    } finally {
      signal(pid, 'SIGCONT')
      stage.disrupted()
    }
    return true
  },
  split: (stage, draw) => reshard(stage, 'split', draw),
  merge: (stage, draw) => reshard(stage, 'merge', draw),
  async 'console joins'({ world }) {
    if (world.consoles().length >= MOST_CONSOLES) return false
    await world.start()
    return true
  },
  async 'console leaves'({ world, tally }, draw) {
    const holder = await world.holder()
    const [guest] = world.consoles().filter(entry => entry !== holder)
    if (!guest || !holder) return false
    if (draw < 0.5) await guest.kill()
    else {
      const exitCode = await guest.stop()
      // It may have taken over while it was asked to end, and then ends core as well.
      if (exitCode !== 0)
        addProblem(tally, `a console that was ended with Ctrl-C had exit code ${exitCode}: ${guest.said().slice(-400)}`)
    }
    return true
  },
  async 'page comes and goes'({ world, tally, options }, draw) {
    const consoles = world.consoles()
    const console_ = consoles[Math.floor(draw * consoles.length)]
    if (!console_) return false
    tally.pages++
    try {
      const page = await console_.openPage()
      const ended = AbortSignal.timeout(Math.round(2_000 + draw * 10_000))
      // One that runs is not doubled, whichever console asks. One that is over may be started: by the operator as well.
      const status = take(await page.services.simulator.status(SCOPE))
      if (!isOver(status.state)) {
        const doubled = await page.services.simulator.start({ ...SCOPE, options })
        if (!doubled.ok && doubled.error.code === 'conflict') tally.doubleStartsRefused++
      }
      const watches = [
        page.services.lag.watch({ ...SCOPE, everyMs: 500 }, ended),
        page.services.jobs.watch({ ...SCOPE, everyMs: 500 }, ended),
        page.services.stream.watch({ ...SCOPE, everyMs: 500 }, ended),
        page.services.simulator.watch(SCOPE, ended),
      ]
      await Promise.all(
        watches.map(async watch => {
          for await (const result of watch) {
            if (!result.ok && result.error.code === 'internal')
              addProblem(tally, `a page was refused: ${result.error.message.slice(0, 400)}`)
            if (!page.isOpen()) break
          }
        }),
      )
      page.leave()
    } catch (error) {
      if (!isOutage(error)) throw error
      tally.metAnOutage++
    }
    return true
  },
  async inspect({ world, tally }, draw) {
    const command = INSPECTIONS[Math.floor(draw * INSPECTIONS.length)] ?? 'lag'
    tally.inspections++
    const child = startProgram([command, '--json', '--data', world.data])
    let [out, said] = ['', '']
    child.stdout?.setEncoding('utf8').on('data', text => (out += text))
    child.stderr?.setEncoding('utf8').on('data', text => (said += text))
    const timer = setTimeout(() => {
      addProblem(tally, `sluice ${command} did not end within ${INSPECTION_LIMIT_MS / 1_000} s`)
      child.kill('SIGKILL')
    }, INSPECTION_LIMIT_MS)
    const [exitCode] = await once(child, 'close')
    clearTimeout(timer)
    if (exitCode === 0) JSON.parse(out)
    // A sentence is no problem: core or the sandbox was just gone. A stack is one.
    else if (said.startsWith('✗') || said.includes('\n✗')) tally.metAnOutage++
    else if (exitCode !== null) addProblem(tally, `sluice ${command} ended with ${exitCode}: ${said.slice(-600)}`)
    return true
  },
  async 'abort an upload'({ world, tally }, draw) {
    const endpoint = await world.endpoint()
    if (endpoint === undefined) return false
    const aws = createClients(sandboxTarget(endpoint), await readAccessKey(world.data))
    try {
      const { Buckets: [bucket] = [] } = await aws.s3.send(new ListBucketsCommand())
      if (!bucket?.Name) return false
      const Key = `${UPLOADS}${Math.floor(draw * 1e9)}`
      const put = new PutObjectCommand({
        Bucket: bucket.Name,
        Key,
        Body: slowBody(),
        ContentLength: PIECES * PIECE.length,
      })
      await aws.s3.send(put, { abortSignal: AbortSignal.timeout(Math.round(50 + draw * 1_500)) })
      return true
    } catch (error) {
      // Aborted, as it was to be; or the sandbox was just gone. What it refuses is neither.
      const refused = error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500
      if (refused) addProblem(tally, `an upload was refused: ${error.message}`)
      return error instanceof Error && error.name === 'AbortError'
    } finally {
      aws.close()
    }
  },
}

const PIECE = Buffer.alloc(64 * 1024, 'x')
const PIECES = 200

/** Slower than any upload waits for here: 13 MB in four seconds. */
function slowBody(): Readable {
  return Readable.from(
    (async function* () {
      for (let piece = 0; piece < PIECES; piece++) {
        yield PIECE
        await delay(20)
      }
    })(),
  )
}

async function reshard({ world, tally }: Stage, kind: 'split' | 'merge', draw: number): Promise<boolean> {
  try {
    const { services } = await world.page()
    const open = take(await services.stream.describe(SCOPE)).partitions.filter(shard => shard.state === 'open').length
    const shards = shardsAfter(kind, open, draw)
    if (shards === open) return false
    await finish(services.stream.repartition({ ...SCOPE, partitions: shards }))
    return true
  } catch (error) {
    if (!isOutage(error)) throw error
    tally.metAnOutage++
    return false
  }
}

function kill({ disrupted }: Stage, pid: number | undefined): boolean {
  if (pid === undefined || !signal(pid, 'SIGKILL')) return false
  disrupted()
  return true
}

/** Returns false when the process has ended. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
