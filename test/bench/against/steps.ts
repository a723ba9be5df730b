import { setTimeout as delay } from 'node:timers/promises'
import {
  AddJobFlowStepsCommand,
  CancelStepsCommand,
  DescribeStepCommand,
  type EMRClient,
  ListClustersCommand,
  ListStepsCommand,
} from '@aws-sdk/client-emr'

/** A step of a cluster, as one that is to be added. */
export interface StepToRun {
  id: string
  name: string
  jar: string
  args: string[]
}

const POLL_EVERY_MS = 200
const OVER = new Set(['COMPLETED', 'CANCELLED', 'FAILED', 'INTERRUPTED'])

/** The steps of the only cluster, over the wire. */
export async function stepsOf(emr: EMRClient, signal: AbortSignal) {
  const { Clusters = [] } = await emr.send(new ListClustersCommand({ ClusterStates: ['RUNNING', 'WAITING'] }))
  const ClusterId = Clusters[0]?.Id ?? ''

  async function state(StepId: string): Promise<{ name: string; ended: boolean; startedMs: number }> {
    const { Step } = await emr.send(new DescribeStepCommand({ ClusterId, StepId }))
    const name = Step?.Status?.State ?? 'unknown'
    return { name, ended: OVER.has(name), startedMs: Step?.Status?.Timeline?.StartDateTime?.getTime() ?? Number.NaN }
  }

  return {
    state,
    async newest(): Promise<StepToRun> {
      const { Steps: [step] = [] } = await emr.send(new ListStepsCommand({ ClusterId }))
      const { Jar: jar = '', Args: args = [] } = step?.Config ?? {}
      return { id: step?.Id ?? '', name: step?.Name ?? '', jar, args }
    },
    /** The id of the new step. */
    async add({ name, jar, args }: StepToRun): Promise<string> {
      const step = { Name: name, ActionOnFailure: 'CONTINUE' as const, HadoopJarStep: { Jar: jar, Args: args } }
      const { StepIds: [id = ''] = [] } = await emr.send(
        new AddJobFlowStepsCommand({ JobFlowId: ClusterId, Steps: [step] }),
      )
      return id
    },
    /** Asks it to end, and waits until it has. */
    async cancel(id: string): Promise<void> {
      await emr.send(new CancelStepsCommand({ ClusterId, StepIds: [id], StepCancellationOption: 'SEND_INTERRUPT' }))
      while (!(await state(id)).ended) await delay(POLL_EVERY_MS, undefined, { signal })
    },
  }
}

/**
 * The arguments with other values. @throws Error when one is not among them, and the figures would not be comparable
 */
export function withValues(args: readonly string[], values: Readonly<Record<string, string>>): string[] {
  const changed = [...args]
  for (const [name, value] of Object.entries(values)) {
    const at = changed.indexOf(name)
    if (at < 0) throw new Error(`The step has no ${name}: its batches cannot be made those of the other revision`)
    changed[at + 1] = value
  }
  return changed
}
