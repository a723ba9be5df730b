import { AddJobFlowStepsCommand, type StepConfig } from '@aws-sdk/client-emr'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { toAppError } from '../errors/expected-error.ts'
import type { PipelineContext } from '../pipeline-context.ts'

/**
 * Adds a step to a cluster, and returns its id. EMR would add it twice if it were asked twice.
 * @throws ExpectedError `unavailable` when no answer comes: only the list of steps says whether it is there
 */
export async function addStepOnce(
  context: PipelineContext,
  clusterId: string,
  step: StepConfig,
  signal: AbortSignal,
): Promise<string> {
  const added = new AddJobFlowStepsCommand({ JobFlowId: clusterId, Steps: [step] })
  const send = () => context.aws.emrOnce.send(added, { abortSignal: signal })
  const { StepIds: [stepId] = [] } = await context.polls.start('cluster').ask(send, signal).catch(unanswered)
  if (!stepId) throw new Error('AddJobFlowSteps answered without a step id')
  return stepId
}

function unanswered(error: unknown): never {
  const { code, message } = toAppError(error)
  if (code !== 'unavailable') throw error
  throw new ExpectedError(
    {
      code,
      message: `EMR was asked to add the step, and whether it did is not known: ${message}`,
      hint: 'See in the list of steps whether it is there before you add it again.',
      retryable: false,
    },
    { cause: error },
  )
}
