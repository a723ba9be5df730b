import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import type { StepRecord } from '../cluster.ts'
import { type EmrState, findCluster } from '../state.ts'

/**
 * A pending step is cancelled at once. A running one is asked to end (SEND_INTERRUPT, the default: SIGTERM) or killed
 * (TERMINATE_PROCESS: SIGKILL); it is CANCEL_PENDING until it has. One answer a step; a step that ended answers FAILED.
 */
export const cancelSteps = operation({
  name: 'CancelSteps',
  input: z.object({
    ClusterId: z.string(),
    StepIds: z.array(z.string()).min(1).max(256),
    StepCancellationOption: z.enum(['SEND_INTERRUPT', 'TERMINATE_PROCESS']).default('SEND_INTERRUPT'),
  }),
  run(state: EmrState, { ClusterId, StepIds, StepCancellationOption }) {
    const { steps } = findCluster(state, ClusterId)
    const stop = StepCancellationOption === 'SEND_INTERRUPT' ? 'interrupt' : 'terminate'
    return {
      CancelStepsInfoList: StepIds.map(stepId => {
        const reason = refusal(steps.find(step => step.id === stepId))
        if (reason !== undefined) return { StepId: stepId, Status: 'FAILED', Reason: reason }
        state.change(ClusterId, { kind: 'step-cancelled', stepId, stop })
        return { StepId: stepId, Status: 'SUBMITTED', Reason: '' }
      }),
    }
  },
})

function refusal(step: StepRecord | undefined): string | undefined {
  if (!step) return 'The step id is not valid.'
  if (step.state === 'PENDING' || step.state === 'RUNNING' || step.state === 'CANCEL_PENDING') return undefined
  return `The step is ${step.state}: only steps that are PENDING or RUNNING can be cancelled.`
}
