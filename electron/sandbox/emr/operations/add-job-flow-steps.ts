import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { isActive, isAlive } from '../cluster.ts'
import { type EmrState, findJobFlow, validation } from '../state.ts'
import { StepInput, stepRecords } from '../step-input.ts'

/** Steps of one cluster that may be pending or running at once. */
const MAX_ACTIVE_STEPS = 256

export const addJobFlowSteps = operation({
  name: 'AddJobFlowSteps',
  input: z.object({
    JobFlowId: z.string(),
    Steps: z.array(StepInput).min(1),
    ExecutionRoleArn: z.string().optional(),
  }),
  run(state: EmrState, { JobFlowId, Steps, ExecutionRoleArn }) {
    const cluster = findJobFlow(state, JobFlowId)
    if (!isAlive(cluster)) {
      throw validation('A job flow that is shutting down, terminated, or finished may not be modified.')
    }
    const active = cluster.steps.filter(step => isActive(step) || step.state === 'PENDING').length
    if (active + Steps.length > MAX_ACTIVE_STEPS) {
      throw validation(
        "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded.",
      )
    }
    const steps = stepRecords(Steps, {
      concurrency: cluster.stepConcurrency,
      nowMs: state.now(),
      executionRoleArn: ExecutionRoleArn,
    })
    state.change(JobFlowId, { kind: 'steps-added', steps })
    return { StepIds: steps.map(step => step.id) }
  },
})
