import { AddJobFlowStepsCommand, type StepConfig } from '@aws-sdk/client-emr'
import type { PipelineContext } from '../pipeline-context.ts'

/**
 * Adds a step to a cluster, and returns its id. EMR would add it twice if it were asked twice: an answer that does not
 * come is an error, and the list of steps says whether it is there.
 */
export async function addStepOnce(
  context: PipelineContext,
  clusterId: string,
  step: StepConfig,
  signal: AbortSignal,
): Promise<string> {
  const added = new AddJobFlowStepsCommand({ JobFlowId: clusterId, Steps: [step] })
  const send = () => context.aws.emrOnce.send(added, { abortSignal: signal })
  const { StepIds: [stepId] = [] } = await context.polls.start('cluster').ask(send, signal)
  if (!stepId) throw new Error('AddJobFlowSteps answered without a step id')
  return stepId
}
