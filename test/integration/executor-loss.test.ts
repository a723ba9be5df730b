import { AddJobFlowStepsCommand } from '@aws-sdk/client-emr'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { currentFiles } from '../../electron/core/deployed/versions.ts'
import { streamingCommand, streamingStepName } from '../../electron/core/jobs/streaming-step.ts'
import { createLedgers } from '../../electron/core/ledgers/ledgers.ts'
import { createSources } from '../../electron/core/sources/sources.ts'
import { systemClock } from '../../electron/hosts/clock.ts'
import type { Step } from '../../shared/features/jobs.ts'
import { SPARK_COMMAND } from '../../shared/job/arguments.ts'
import { all, SCOPE, value } from '../fixture/open-core.ts'
import { type OpenPipeline, openPipeline } from '../fixture/open-pipeline.ts'
import { type RunningJob, runningJob, until } from '../fixture/spark-kills/running-job.ts'
import { sparkProcesses } from '../fixture/spark-processes.ts'

/** Executors of their own, as on a cluster: two of one core, with a heap of 1 GiB each. */
const MASTER = 'local-cluster[2,1,1024]'
const RATE = 200
const KILLS = 2
const PATIENCE_MS = 600_000

describe.skipIf(process.platform !== 'linux')('a streaming job on executors of their own (needs /proc)', () => {
  let pipeline: OpenPipeline
  let job: RunningJob
  let clusterId = ''
  let stepId = ''

  const step = async (): Promise<Step | undefined> => (await job.steps()).find(({ id }) => id === stepId)

  /** What its log has of warnings and errors. */
  async function trouble(): Promise<string> {
    const log = await pipeline.services.jobs.logs({ ...SCOPE, clusterId, stepId, file: 'stderr' })
    return log.ok ? log.value.text.replace(/^.* INFO .*\n/gm, '').slice(-20_000) : log.error.message
  }

  /** Waits while the step runs; when it has ended, its log says why. */
  async function whileItRuns<T>(what: string, poll: () => Promise<T | undefined>): Promise<T> {
    return until(what, async () => {
      const found = await poll()
      const now = await step()
      if (found === undefined && now && !['PENDING', 'RUNNING'].includes(now.state))
        throw new Error(`${stepId} is ${now.state}: ${JSON.stringify(now.cause)}\n${await trouble()}`)
      return found
    })
  }
  const commitsBehind = (batchId: number) =>
    whileItRuns(`a batch behind ${batchId}`, async () => ((await job.committed()) > batchId ? true : undefined))

  beforeAll(async () => {
    pipeline = await openPipeline({ shards: 2, limits: false, job: { triggerMs: 250 } })
    job = runningJob(pipeline)
    clusterId = value(await pipeline.services.jobs.list(SCOPE)).clusters[0]?.id ?? ''
    const files = await currentFiles(pipeline.context, AbortSignal.timeout(60_000))
    const [, ...args] = streamingCommand(pipeline.context, 'spark', files, {
      source: createSources(systemClock)(pipeline.context).jobArguments,
      sink: createLedgers(systemClock)(pipeline.context).jobArguments,
    })
    const { StepIds } = await pipeline.aws.emr.send(
      new AddJobFlowStepsCommand({
        JobFlowId: clusterId,
        Steps: [
          {
            Name: streamingStepName(pipeline.context),
            ActionOnFailure: 'CONTINUE',
            HadoopJarStep: { Jar: 'command-runner.jar', Args: [SPARK_COMMAND, '--master', MASTER, ...args] },
          },
        ],
      }),
    )
    stepId = StepIds?.[0] ?? ''
    const options = {
      mix: { seed: 7, duplicatesPercent: 6, invalidPercent: 3, latePercent: 3 },
      profile: { kind: 'constant' as const, perSecond: RATE },
    }
    value(await pipeline.services.simulator.start({ ...SCOPE, options }))
    await commitsBehind(0)
  }, PATIENCE_MS)

  afterAll(() => pipeline?.close(), PATIENCE_MS)

  it(
    `goes on after kill -9 of an executor, ${KILLS} times, and loses and doubles nothing`,
    async () => {
      const killed = new Set<number>()
      for (let round = 0; round < KILLS; round++) {
        const pid = await whileItRuns('an executor', async () =>
          sparkProcesses(stepId)
            .get('executor JVM')
            ?.find(id => !killed.has(id)),
        )
        killed.add(pid)
        process.kill(pid, 'SIGKILL')
        await commitsBehind((await job.committed()) + 2)
      }
      value(await pipeline.services.simulator.stop(SCOPE))
      await all(pipeline.services.jobs.drain(SCOPE))
      // It was one step throughout, and ended because it was drained.
      expect(await job.steps()).toMatchObject([{ id: stepId, state: 'CANCELLED' }])
      const ledger = value(await pipeline.services.ledger.read(SCOPE))
      expect(ledger).toMatchObject({
        difference: 0,
        inFlightRecords: 0,
        closes: true,
        unconfirmed: 0,
        pending: 0,
        others: 0,
      })
      for (const kind of ['loaded', 'duplicates', 'invalid', 'late'] as const)
        expect(ledger[kind], kind).toBeGreaterThan(0)
    },
    PATIENCE_MS,
  )

  it(
    'is shown by the console with each executor that was lost, why, and the line of the log',
    async () => {
      const losses = await until(`${KILLS} losses`, async () => {
        const found = (await step())?.losses ?? []
        return found.length >= KILLS ? found : undefined
      })
      expect(losses).toHaveLength(KILLS)
      for (const loss of losses) {
        expect(loss).toMatchObject({ host: '127.0.0.1', forMemory: true, reason: expect.stringContaining('137') })
        expect(loss.evidence.text).toContain(`Lost executor ${loss.executor} on`)
      }
    },
    PATIENCE_MS,
  )
})
