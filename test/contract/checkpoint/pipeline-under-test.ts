import { createClients } from '../../../electron/core/targets/clients.ts'
import { systemClock } from '../../../electron/hosts/clock.ts'
import { projectPath } from '../../../electron/hosts/project.ts'
import type { Target } from '../../../shared/features/targets.ts'
import { EMBEDDED_ENGINE_COMMAND } from '../../../shared/job/arguments.ts'
import { bucketName, type PipelineSpec } from '../../../shared/pipelines/spec.ts'
import { all, foodDelivery, openCore, openSandboxHere, SCOPE, sandboxTarget, value } from '../../fixture/open-core.ts'

export type Pipeline = Awaited<ReturnType<typeof openPipeline>>

/** The sandbox's clock at first, behind the machine's, which is the engine's: that may be ahead of what it reads, never behind. */
export const BEHIND_MS = 27 * 3_600_000

/** The whole pipeline on a sandbox of its own, with the embedded engine as the program of its steps. Its clock is a day behind, and can be put forward. */
export async function openPipeline() {
  let behindMs = BEHIND_MS
  const now = () => Date.now() - behindMs
  const sandbox = await openSandboxHere({
    now,
    stepCommands: {
      [EMBEDDED_ENGINE_COMMAND]: args => ({
        command: process.execPath,
        args: [projectPath('electron/engine/main.ts'), ...args],
      }),
    },
  })
  const spec = await foodDelivery()
  const target = sandboxTarget(sandbox.endpoint)
  const aws = createClients(target)
  const another = (change: { protection?: Target['protection']; spec?: PipelineSpec } = {}) =>
    openCore({
      target: { ...target, protection: change.protection ?? 'none' },
      spec: change.spec ?? spec,
      folder: sandbox.folder,
      clock: { ...systemClock, now },
    })
  const core = another()

  return {
    core,
    openCore: another,
    aws,
    endpoint: sandbox.endpoint,
    spec,
    bucket: bucketName(spec.buckets.streaming, target),
    putForward: (ms: number) => {
      behindMs -= ms
    },
    async provision() {
      await all(core.provision.apply(SCOPE))
      await all(core.artifacts.deploy(SCOPE))
      await all(core.warehouse.createAndLoadDimensions(SCOPE))
    },
    /** Sends orders (and some duplicates, broken and late ones) as fast as they go, and waits until every one is answered. */
    async send(orders: number) {
      const mix = { seed: 3, duplicatesPercent: 5, invalidPercent: 3, latePercent: 2 }
      value(await core.simulator.start({ ...SCOPE, options: { mix, profile: { kind: 'max' }, orders } }))
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
    async look(time?: string) {
      return value(await core.checkpoint.look({ ...SCOPE, ...(time !== undefined && { time }) }))
    },
    async ledger() {
      return value(await core.ledger.read(SCOPE))
    },
    async close() {
      await core.close()
      aws.close()
      await sandbox.close()
    },
  }
}
