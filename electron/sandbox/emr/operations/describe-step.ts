import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { stepShape } from '../describe.ts'
import { type EmrState, findCluster, invalidRequest } from '../state.ts'

export const describeStep = operation({
  name: 'DescribeStep',
  input: z.object({ ClusterId: z.string(), StepId: z.string() }),
  run(state: EmrState, { ClusterId, StepId }) {
    const step = findCluster(state, ClusterId).steps.find(entry => entry.id === StepId)
    if (!step) throw invalidRequest(`Step id '${StepId}' is not valid.`)
    return { Step: { ...stepShape(step), ExecutionRoleArn: step.executionRoleArn } }
  },
})
