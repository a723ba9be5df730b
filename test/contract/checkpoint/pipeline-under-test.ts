import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toAppError } from '../../../electron/core/aws/expected-error.ts'
import { createCore } from '../../../electron/core/core.ts'
import { type AwsClients, createClients } from '../../../electron/core/targets/clients.ts'
import { projectFiles } from '../../../electron/hosts/project.ts'
import { sparkHost } from '../../../electron/hosts/spark/spark-host.ts'
import { openSandbox } from '../../../electron/sandbox/sandbox.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { servicesOf } from '../../../shared/features/services.ts'
import type { Target } from '../../../shared/features/targets.ts'
import { EMBEDDED_ENGINE_COMMAND } from '../../../shared/job/arguments.ts'
import { type PipelineSpec, parsePipelineSpec } from '../../../shared/pipelines/spec.ts'
import { connect } from '../../../shared/rpc/connect.ts'
import type { AppError, Result } from '../../../shared/rpc/contract.ts'
import { memoryLink } from '../../../shared/rpc/memory-link.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { NO_SPARK } from '../../fixture/spark.ts'

export const SCOPE = { target: 'sandbox', pipeline: 'food-delivery' }
const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const text = (path: string) => readFile(root(path), 'utf8')

export type Pipeline = Awaited<ReturnType<typeof openPipeline>>

/** The sandbox's clock at first, behind the machine's, which is the engine's: that may be ahead of what it reads, never behind. */
export const BEHIND_MS = 27 * 3_600_000

/** The whole pipeline on a sandbox of its own, with the embedded engine as the program of its steps. Its clock is a day behind, and can be put forward. */
export async function openPipeline() {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-checkpoint-'))
  let behindMs = BEHIND_MS
  const now = () => Date.now() - behindMs
  const sandbox = await openSandbox({
    dir: join(dir, 'sandbox'),
    port: 0,
    limits: false,
    now,
    log: () => undefined,
    findSpark: NO_SPARK,
    stepCommands: {
      [EMBEDDED_ENGINE_COMMAND]: args => ({ command: process.execPath, args: [root('electron/engine/main.ts'), ...args] }),
    },
  })
  const target: Target = {
    id: 'sandbox',
    kind: 'sandbox',
    title: 'Sandbox',
    region: 'us-east-1',
    account: '000000000000',
    colour: '#000000',
    protection: 'none',
    engines: ['embedded'],
    endpoint: sandbox.endpoint,
    warehouse: { clusterIdentifier: 'sluice', database: 'dev', dbUser: 'awsuser' },
  }
  const spec = parsePipelineSpec(await text('shared/pipelines/food-delivery.json'), 'food-delivery')
  const aws = createClients(target)

  /** Core on this sandbox, reached as a page reaches it. */
  function openCore(change: { protection?: Target['protection']; spec?: PipelineSpec } = {}) {
    const core = createCore({
      targets: async () => [{ ...target, protection: change.protection ?? 'none' }],
      pipelines: [change.spec ?? spec],
      stateDir: join(dir, 'core'),
      clock: {
        now,
        sleep: (ms, signal) =>
          new Promise<void>((resolve, reject) => {
            const timer = setTimeout(resolve, ms)
            signal?.addEventListener('abort', () => {
              clearTimeout(timer)
              reject(signal.reason)
            })
          }),
      },
      random: Math.random,
      projectFile: text,
      projectFiles,
      log: () => undefined,
      spark: sparkHost(process),
    })
    const link = memoryLink()
    serve(core.services, link.core, toAppError)
    return { ...servicesOf(connect(link.page)), close: () => core.close() }
  }
  const core = openCore()

  return {
    core,
    openCore,
    aws: aws as AwsClients,
    endpoint: sandbox.endpoint,
    spec,
    bucket: `${spec.buckets.streaming.name.replace('{account}', target.account).replace('{region}', target.region)}`,
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
      await rm(dir, { recursive: true, force: true })
    },
  }
}

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.message} ${result.error.hint ?? ''}`)
  return result.value
}

/** The events of a piece of work that must succeed. */
export async function all(work: AsyncIterable<Result<WorkEvent>>): Promise<WorkEvent[]> {
  const events = []
  for await (const result of work) events.push(value(result))
  return events
}

/** The failure of a piece of work that must fail. */
export async function failure(work: AsyncIterable<Result<WorkEvent>>): Promise<AppError> {
  for await (const result of work) if (!result.ok) return result.error
  throw new Error('It did not fail')
}
