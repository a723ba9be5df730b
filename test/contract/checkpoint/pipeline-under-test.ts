import { systemClock } from '../../../electron/hosts/clock.ts'
import { projectPath } from '../../../electron/hosts/project.ts'
import { EMBEDDED_ENGINE_COMMAND } from '../../../shared/job/arguments.ts'
import { bucketName } from '../../../shared/pipelines/pipeline.ts'
import { all, applied, openCoreHere, SCOPE, value } from '../../fixture/open-core.ts'

export type Pipeline = Awaited<ReturnType<typeof openPipeline>>

/**
 * The sandbox's clock at first, behind the machine's, which is the engine's: that may be ahead of what it reads, never
 * behind.
 */
export const BEHIND_MS = 27 * 3_600_000

/**
 * The whole pipeline on a sandbox of its own, with the embedded engine as the program of its steps. Its clock is a day
 * behind, and can be put forward.
 */
export async function openPipeline() {
  let behindMs = BEHIND_MS
  let sleeps = 0
  const now = () => Date.now() - behindMs
  const { core, another, aws, spec, target, context, close } = await openCoreHere({
    now,
    clock: {
      now,
      monotonic: systemClock.monotonic,
      sleep(ms, signal) {
        sleeps++
        return systemClock.sleep(ms, signal)
      },
    },
    stepCommands: {
      [EMBEDDED_ENGINE_COMMAND]: args => ({
        command: process.execPath,
        args: [projectPath('electron/engine/main.ts'), ...args],
      }),
    },
  })

  return {
    core,
    openCore: another,
    aws,
    context,
    endpoint: target.endpoint,
    spec,
    bucket: bucketName(spec.buckets.streaming, target),
    /** How often core has waited: as often it asked, and did not find what it waits for. */
    sleeps: () => sleeps,
    putForward: (ms: number) => {
      behindMs -= ms
    },
    async provision() {
      await all(applied(core))
      await all(core.artifacts.deploy(SCOPE))
      await all(core.warehouse.createAndLoadDimensions(SCOPE))
    },
    /**
     * Sends orders (and some duplicates, broken and late ones) as fast as they go, and waits until every one is
     * answered.
     */
    async send(orders: number) {
      const mix = { seed: 3, duplicatesPercent: 5, invalidPercent: 3, latePercent: 2 }
      value(await core.simulator.start({ ...SCOPE, options: { mix, profile: { kind: 'max' }, events: orders } }))
      while (true) {
        const status = value(await core.simulator.status(SCOPE))
        if (status.state === 'stopped') return status.counts
        if (status.state === 'failed') throw new Error(status.reason)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    },
    start: () => all(core.jobs.start(SCOPE)),
    /** Lets the job commit everything that is there, and ends it. */
    drain: () => all(core.jobs.drain(SCOPE)),
    async preflight(time?: string) {
      return value(await core.checkpoint.preflight({ ...SCOPE, ...(time !== undefined && { time }) }))
    },
    async ledger() {
      return value(await core.ledger.read(SCOPE))
    },
    close,
  }
}
